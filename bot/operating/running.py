"""The command `run`, without the rest of the command line."""

import logging

import uvloop

from bot import app, logs, settings
from bot.operating.failing import FORESEEN
from storage.database import Clock, utc_now

log = logging.getLogger(__name__)


def run(clock: Clock = utc_now, *, for_partners_alone: bool = False) -> None:
    """Run the bot, or what answers partners alone, until SIGTERM or SIGINT.

    Raises:
        BadSetting, DatabaseUnavailable, BadPhrasings, BadSynonyms, CannotLearn, Died.
    """
    read = settings.read_for_partners() if for_partners_alone else settings.read()
    logs.configure(read.log_format)
    for variable in read.unquoted:
        log.warning("quotes_taken_away", extra={"variable": variable})
    try:
        uvloop.run(app.run(read, clock, for_partners_alone=for_partners_alone))
    except FORESEEN:
        raise
    except Exception:
        log.exception("unforeseen")  # it may not be brought about again
        raise
