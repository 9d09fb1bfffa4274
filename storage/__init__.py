"""The ledger: every fact the bot knows is a row here, and every rule about codes is kept here.

Plain async functions over one transaction. Nothing in this package knows Slack's
interface or the words people read.
"""
