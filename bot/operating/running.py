"""The command `run`, without the rest of the command line."""

import uvloop

from bot import app, logs, settings


def run() -> None:
    """Run the bot until SIGTERM or SIGINT.

    Raises:
        BadSetting, DatabaseUnavailable, BadPhrasings, BadSynonyms, CannotLearn, Died.
    """
    read = settings.read()
    logs.configure(read.log_format)
    uvloop.run(app.run(read))
