"""What Slack tells late, twice or in another order about people; and whose authority it is."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from bot.trial.sandbox import Human, Retry, Silence, SlackError
from bot.trial.sandbox.faults import Crowd
from bot.trial.sandbox.payloads import event_callback
from bot.trial.sandbox.shapes import user_shape
from storage import authority, decisions, making
from storage.keys import Keyring
from tests.faults.test_held_database import held
from tests.slack.stage import COMMAND, Stage
from tests.slack.test_roll_call import told


def an_event(play: Stage, kind: str, who: Human, *, gone: bool) -> dict[str, Any]:
    """As it was when somebody was there, or had left."""
    before, who.record.deleted = who.record.deleted, gone
    event = {"type": kind, "user": user_shape(who.record, with_email=True), "event_ts": "1"}
    who.record.deleted = before
    return event_callback(play.slack.workspace, event)


async def approves_the_next(play: Stage, who: Human) -> None:
    count = len(await play.codes())
    waiting = [m for m in play.ola.messages() if "ber om" in m.text() and m.buttons()]
    await play.ola.clicks("Godkjenn", where=waiting[-1])
    await play.ola.sees_view("Godkjenn forespørsel")
    await play.ola.fills({"Representasjonsmyndighet": True})
    await play.ola.submits()
    assert len(await play.codes()) == count + 1


async def test_a_deletion_that_comes_again_takes_nothing_from_whoever_is_back(
    play: Stage,
) -> None:
    await play.has_code(play.kari)
    gone = an_event(play, "user_change", play.kari, gone=True)
    play.kari.record.deleted = True
    await play.slack.deliver("event", gone)
    play.kari.record.deleted = False
    await play.slack.changes(play.kari)
    await play.asks(play.kari)
    await play.until(lambda: _has_asked(play), "nobody is asked")
    await approves_the_next(play, play.kari)
    await play.slack.deliver("event", gone)
    assert play.kari.id in {code.user_id for code in await play.codes()}


async def _has_asked(play: Stage) -> bool:
    return bool([m for m in play.ola.messages() if "ber om" in m.text() and m.buttons()])


async def test_a_deletion_that_comes_late_takes_no_account_holding(play: Stage) -> None:
    gone = an_event(play, "user_change", play.anne, gone=True)
    await play.slack.changes(play.anne)
    await play.slack.deliver("event", gone)
    assert (await play.standing()).is_account_holder(play.anne.id)


async def test_a_deletion_is_believed_where_slack_tells_of_an_earlier_state(
    play: Stage,
) -> None:
    """What it tells may be older than the event."""
    gone = an_event(play, "user_change", play.anne, gone=True)
    gone["event"]["user"]["updated"] += 1
    await play.slack.deliver("event", gone)
    assert not (await play.standing()).is_account_holder(play.anne.id)


@pytest.mark.parametrize("fault", [SlackError("internal_error"), Silence(2)], ids=str)
async def test_a_deletion_is_believed_where_slack_cannot_be_asked(
    play: Stage, fault: SlackError
) -> None:
    gone = an_event(play, "user_change", play.anne, gone=True)
    play.slack.workspace.fail("users.info", fault, times=9)
    await play.slack.deliver("event", gone)
    assert not (await play.standing()).is_account_holder(play.anne.id)
    play.slack.workspace.faults.end()


async def test_who_joined_and_left_again_is_told_nothing_when_slack_tells_it_late(
    play: Stage,
) -> None:
    outsider = {"Fornavn": "Nils", "Etternavn": "Lie", "E-post": "nils@example.org"}
    await play.makes(play.ola, **outsider)
    await play.ola.sees("Send koden til Nils Lie")
    nils = play.slack.person("Nils", "Lie", email="nils@example.org")
    joined = an_event(play, "team_join", nils, gone=False)
    await play.slack.deactivates(nils)
    await play.slack.deliver("event", joined)
    (code,) = await play.codes()
    assert code.user_id is None
    assert told(play, nils) == []


async def test_what_slack_brings_again_after_its_writer_has_left_is_not_answered(
    http_play: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.bolt.DATABASE_SECONDS", 0.2)
    event = {
        "type": "message", "channel": http_play.per.direct_messages.id, "channel_type": "im",
        "user": http_play.per.id, "team": http_play.slack.workspace.team_id,
        "text": "når går koden ut?", "ts": "1.1", "event_ts": "1.1",
    }  # fmt: skip
    payload = http_play.slack.event(event)
    async with held(http_play.settings.database_url):
        answer = await http_play.slack.deliver("event", payload)
        assert answer.status == 503
    await http_play.slack.deactivates(http_play.per)
    answer = await http_play.slack.deliver("event", payload, retry=Retry(1, "http_error"))
    assert answer.status == 200
    await http_play.slack.settles()
    await http_play.kari.says("hei")
    await http_play.kari.sees_message("Jeg hjelper med")
    assert told(http_play, http_play.per) == []


async def test_who_leaves_loses_authority_also_when_their_address_was_another_by_then(
    play: Stage,
) -> None:
    await play.has_code(play.kari)
    await play.slack.changes(play.kari, email="kari.ny@example.org")
    await play.asks(play.kari, **{"E-post": "kari@example.org"})
    await play.ola.sees("Ingen i Slack har denne adressen")
    await play.slack.deactivates(play.kari)
    await play.ola.sees("ikke lenger i Slack")
    await play.ola.types(f"{COMMAND} koder")
    await play.ola.sees_view("Organisasjonens koder")
    await play.ola.clicks("Oppdater koden")
    await play.ola.sees("Ingen kode er laget")
    assert len(await play.codes()) == 1


async def test_who_leaves_takes_no_authority_from_whoever_had_their_address_before(
    play: Stage,
) -> None:
    await play.has_code(play.kari)
    await play.slack.changes(play.kari, email="kari.ny@example.org")
    await play.slack.changes(play.per, email="kari@example.org")
    await play.asks(play.kari, **{"E-post": "kari@example.org"})
    await play.ola.sees("Se nøye etter")
    await play.slack.deactivates(play.per)
    await play.ola.types(f"{COMMAND} koder")
    await play.ola.sees_view("Organisasjonens koder")
    await play.ola.clicks("Oppdater koden")
    await play.until(lambda: _are(play, 2), "the code is not refreshed")


async def _are(play: Stage, count: int) -> bool:
    return len(await play.codes()) == count


async def test_account_holders_see_that_somebody_a_request_is_for_has_left(
    play: Stage,
) -> None:
    for_per = {"Fornavn": "Per", "Etternavn": "Nordmann", "E-post": "per@example.org"}
    await play.asks(play.kari, **for_per)
    await play.ola.sees_message("@Per Nordmann får se koden")
    await play.slack.deactivates(play.per)
    await play.ola.sees_message("Ingen i Slack har denne adressen")


async def test_whoever_leaves_while_they_are_looked_up_is_nobody(play: Stage) -> None:
    """Slack's answer was on its way when they left."""
    for_per = {"Fornavn": "Per", "Etternavn": "Nordmann", "E-post": "per@example.org"}
    on_its_way = asyncio.Barrier(2)
    play.slack.workspace.fail("users.lookupByEmail", Crowd(on_its_way))
    await play.asks(play.kari, **for_per)
    await play.until(lambda: _has_called(play, "users.lookupByEmail"), "nobody is looked up")
    await play.slack.deactivates(play.per)
    await on_its_way.wait()
    for holder in (play.ola, play.anne):
        await holder.sees_message("Ingen i Slack har denne adressen")
    await play.slack.settles()
    (request,) = await play.waiting()
    assert request.person.user_id is None


async def _has_called(play: Stage, method: str) -> bool:
    return any(call.method == method for call in play.slack.workspace.calls)


@pytest.mark.parametrize("what", ["withdrawn", "replaced", "unfounded"])
async def test_who_asked_for_another_hears_of_a_code_that_was_over_before_it_was_told(
    play: Stage, what: str
) -> None:
    """Between the approval and the dispatch, as after an outage."""
    outsider = {"Fornavn": "Liv", "Etternavn": "Utenfor", "E-post": "liv@other.example"}
    await play.asks(play.kari, **outsider)
    await play.ola.sees("ber om")
    (request,) = await play.waiting()
    ledger = replace(play.ledger, keyring=Keyring(play.settings.secret_keys))
    async with ledger.deciding(play.slack.workspace.team_id) as desk:
        code_id = await decisions.approve(desk, request.id, play.ola.id)
        if what == "withdrawn":
            await making.revoke(desk, code_id, play.ola.id)
        elif what == "replaced":
            await making.refresh(desk, code_id, play.ola.id)
        else:
            await authority.withdraw(desk, request.person.id, play.ola.id)
    play.bot.wake()
    heard = await play.kari.sees("Koden til Liv Utenfor er laget")
    sayings = {
        "withdrawn": "Denne koden skal ikke brukes lenger.",
        "replaced": "En ny har kommet i stedet.",
        "unfounded": "skal ikke bruke koden",
    }
    assert sayings[what] in heard.text()
    assert "sender koden til personen" not in heard.text()
