"""The command `run`, without the rest of the command line."""

import uvloop

from bot import app, logs, settings
from storage.database import Clock, utc_now


def run(clock: Clock = utc_now) -> None:
    """Run the bot until SIGTERM or SIGINT.

    Raises:
        BadSetting, DatabaseUnavailable, BadPhrasings, BadSynonyms, CannotLearn, Died.
    """
    read = settings.read()
    logs.configure(read.log_format)
    uvloop.run(app.run(read, clock))
