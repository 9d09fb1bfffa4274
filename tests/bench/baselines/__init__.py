"""Other ways to do the same work, each a server of its own: what the bot is compared with.

They take their orders from the environment, check signatures, and answer as the bot does.
"""
