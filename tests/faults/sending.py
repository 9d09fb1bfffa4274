"""Sends requests as they are, and tells what became of each; and the play whose own requests are
what malformed ones are made of."""

import asyncio
from typing import cast

from bot.trial.sandbox.tickets import new_trigger
from bot.trial.sandbox.transport import Kind
from templates import ids
from tests.faults.malformed import Malformed, Request, Sample
from tests.slack.stage import Stage

PATIENCE = 30.0
"""Seconds. What takes so long is not answered."""

CLOSED = 0

ON_PURPOSE = {"organisation_without_account_holder", "bot_removed_from_workspace"}
"""What the log rightly says aloud when Slack itself tells of it."""


class Unanswered(AssertionError):  # noqa: N818
    """The bot neither answered a request that had come to its end, nor closed the connection."""


async def send(port: int, request: Request) -> int:
    """The status of the answer, or `CLOSED`.

    Raises:
        Unanswered: it had none, and should have.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request.raw)
        if not request.is_whole:
            return CLOSED
        async with asyncio.timeout(PATIENCE):
            return await _status(reader)
    except TimeoutError:
        raise Unanswered(request.raw[:2_000]) from None
    except (ConnectionError, asyncio.IncompleteReadError):
        return CLOSED
    finally:
        writer.transport.abort()


async def _status(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    return await _status(reader) if status == 100 else status


async def malformed(play: Stage, seed: int) -> Malformed:
    """Made of what Slack sends on this stage."""
    workspace, per = play.slack.workspace, play.per.id
    secret = play.slack.signing_secret
    return Malformed(seed, await samples(play), secret, lambda: new_trigger(workspace, per))


async def samples(play: Stage) -> list[Sample]:
    """What Slack has sent while people did a little of everything."""
    await _do_a_little_of_everything(play)
    await play.slack.settles()
    return [
        (cast("Kind", each.kind), dict(each.payload))
        for each in play.slack.workspace.acknowledgements
    ]


async def _do_a_little_of_everything(play: Stage) -> None:
    await play.has_code(play.kari)
    await play.kari.clicks("Vis koden")
    await play.asks(play.per)
    await play.ola.sees("Per Nordmann")
    await play.ola.clicks("Avslå")
    await play.ola.sees_view("Avslå forespørsel")
    await play.ola.fills({"Grunn": "Annet", "Melding": "Ring meg"})
    await play.ola.submits()
    await play.per.says("når går koden ut?")
    await play.per.sees_message("60 dager")
    channel = play.slack.channel("styret", play.per)
    await play.per.says(f"{play.slack.mention} hva er en kode?", channel)
    await play.per.says("kan jeg få en bil?")
    refused = await play.per.sees_message("Det kan jeg ikke svare på")
    await play.per.clicks("Spør kontoholder", where=refused)
    await play.per.sees_view("Spør kontoholder")
    await play.per.fills({"Spørsmål": "Hvem har nøkkelen?"})
    await play.per.submits()
    await play.ola.opens_home()
    await play.anne.uses_shortcut(ids.SHORTCUT_ASK)
    await play.slack.changes(play.per, last_name="Hansen")
    await play.slack.joins(play.per)
