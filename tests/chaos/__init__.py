"""The bot in a world where everything fails, for as long as one likes: `make chaos`.

People ask, decide, come and go; Slack, the database, the process and the clock fail, one after the
other and together. When it is over, somebody who knows nothing of the bot's own code (`checking`)
compares what the ledger says with what people were told.
"""
