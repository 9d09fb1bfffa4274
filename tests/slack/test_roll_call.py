"""What the bot believes about people is compared with Slack: also what happened unseen."""

import logging
from pathlib import Path

import pytest

from bot.trial.sandbox import Human, SlackError
from tests.conftest import TravellingClock
from tests.slack.stage import COMMAND, Mode, Stage, stage, without_roll_call


def leaves_unseen(play: Stage, *who: Human) -> None:
    """Slack takes them away, and the bot does not hear of it."""
    for person in who:
        play.slack.workspace.deactivate(person.record)


def told(play: Stage, who: Human) -> list[str]:
    """What was posted to somebody since they left, whether they can read it or not."""
    calls = play.slack.workspace.calls
    return [
        call.body["text"]
        for call in calls
        if call.method == "chat.postMessage" and call.body["channel"] == who.id
    ]


async def decide(play: Stage, *who: Human) -> None:
    async def they_do() -> bool:
        return set((await play.standing()).holders) == {person.id for person in who}

    await play.until(they_do, "others decide")


@pytest.mark.parametrize("mode", ["http", "socket_mode"])
async def test_account_holders_who_left_while_the_bot_was_down_decide_no_more(
    tmp_path: Path, clock: TravellingClock, migrated_url: str, mode: Mode
) -> None:
    async with stage(tmp_path, clock=clock, mode=mode, url=migrated_url) as play:
        assert len((await play.standing()).holders) == 2
    # This Slack knows nobody of the other, of whom the ledger still tells.
    async with stage(
        tmp_path, clock=clock, mode=mode, url=migrated_url, gone=("Ola", "Anne"), strict=False
    ) as play:
        assert (await play.standing()).holders == ()
        answer = await play.kari.types(COMMAND)
        assert answer is not None
        assert "ingen kontoholder" in answer.text()
        assert told(play, play.ola) == []


async def test_once_a_day_it_is_asked_who_is_still_here(play: Stage) -> None:
    leaves_unseen(play, play.ola)
    play.travel(hours=25)
    await decide(play, play.anne)


async def test_a_request_goes_to_nobody_who_has_left(play: Stage) -> None:
    play.travel(hours=2)
    leaves_unseen(play, play.ola)
    await play.asks(play.kari)
    await play.anne.sees("Kari Nordmann ber om")
    await decide(play, play.anne)
    assert told(play, play.ola) == []
    await play.kari.sees_message("sendt til @Anne Nordmann. Du")


async def test_what_a_holder_who_left_unseen_had_coming_goes_to_the_account_holders(
    play: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_roll_call(monkeypatch)
    await play.has_code(play.kari)
    leaves_unseen(play, play.kari)
    before = told(play, play.kari)
    play.travel(days=46)
    for holder in (play.ola, play.anne):
        await holder.sees("Koden går ut om 14 dager")
    assert told(play, play.kari) == before


async def test_nobody_is_let_go_because_slack_does_not_answer(http_play: Stage) -> None:
    play = http_play
    play.slack.workspace.fail("users.info", SlackError("internal_error"), times=99)
    play.travel(hours=25)
    await play.slack.workspace.changes.until(
        lambda: [c for c in play.slack.workspace.calls if c.method == "users.info"] or None, 5.0
    )
    await play.slack.workspace.changes.until(lambda: None, 0.2)
    await decide(play, play.ola, play.anne)


OUTSIDER = {"Fornavn": "Nils", "Etternavn": "Lie", "E-post": "nils@example.org"}


async def has_code_by_mail(play: Stage) -> None:
    """An account holder makes a code for somebody who is not in Slack."""
    await play.makes(play.ola, **OUTSIDER)
    await play.ola.sees("Send koden til Nils Lie")


async def test_who_joins_meets_what_is_theirs(play: Stage) -> None:
    await has_code_by_mail(play)
    nils = play.slack.person("Nils", "Lie", email="Nils@Example.org")
    await play.slack.joins(nils)
    (code,) = await play.codes()
    assert code.user_id == nils.id
    play.travel(days=46)
    await nils.sees("Koden går ut om 14 dager")
    await play.ola.types(f"{COMMAND} koder")
    await play.ola.clicks("Oppdater koden")
    await nils.sees("Koden din er klar")


async def test_who_joined_unseen_is_met_when_it_matters(
    play: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_roll_call(monkeypatch)
    await has_code_by_mail(play)
    nils = play.slack.person("Nils", "Lie", email="nils@example.org")
    play.travel(days=46)
    await nils.sees("Koden går ut om 14 dager")
    assert (await play.codes())[0].user_id == nils.id


async def test_who_joined_unseen_is_met_by_the_roll_call(play: Stage) -> None:
    await has_code_by_mail(play)
    nils = play.slack.person("Nils", "Lie", email="nils@example.org")
    play.travel(hours=25)

    async def is_met() -> bool:
        return (await play.codes())[0].user_id == nils.id

    await play.until(is_met, "nobody has looked")


async def test_whose_address_changes_meets_what_is_theirs(play: Stage) -> None:
    await has_code_by_mail(play)
    await play.slack.changes(play.per, email="nils@example.org")
    assert (await play.codes())[0].user_id == play.per.id


async def test_an_address_alone_gives_nobody_what_another_holds(play: Stage) -> None:
    await play.has_code(play.kari)
    await play.slack.changes(play.kari, email="kari.ny@example.org")
    await play.slack.changes(play.per, email="kari@example.org")
    assert [code.user_id for code in await play.codes()] == [play.kari.id]


async def test_whoever_comes_back_gets_nothing_back_by_it(play: Stage) -> None:
    await play.has_code(play.kari)
    await play.slack.deactivates(play.kari)
    play.kari.record.deleted = False
    await play.slack.changes(play.kari)
    assert [code.user_id for code in await play.codes()] == [None]


async def test_whoever_comes_back_is_not_told_of_what_they_held(play: Stage) -> None:
    """Their authority has ended with their leaving: the account holders look after the code."""
    await play.has_code(play.kari)
    await play.slack.deactivates(play.kari)
    play.kari.record.deleted = False
    await play.slack.changes(play.kari)
    before = told(play, play.kari)
    play.travel(days=46)
    for holder in (play.ola, play.anne):
        await holder.sees("Koden går ut om 14 dager")
    assert told(play, play.kari) == before
    assert [code.user_id for code in await play.codes()] == [None]


async def test_an_id_that_is_no_members_decides_nothing(
    tmp_path: Path, clock: TravellingClock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        async with stage(
            tmp_path, clock=clock, named=("U0WRONG123", "{bot}"), strict=False
        ) as play:
            await decide(play, play.ola, play.anne)
    refused = [r for r in caplog.records if r.msg == "account_holder_is_no_member"]
    assert len(refused) == 2


async def test_account_holders_are_told_of_a_good_code_whose_holder_has_left(play: Stage) -> None:
    await play.has_code(play.kari)
    await play.slack.deactivates(play.kari)
    for holder in (play.ola, play.anne):
        await holder.sees("Kari Nordmann er ikke lenger i Slack")
    await play.ola.clicks("Trekk tilbake")
    await play.ola.sees("trukket tilbake")


async def test_who_waits_is_told_when_nobody_can_decide_any_more(play: Stage) -> None:
    await play.asks(play.kari)
    await play.anne.sees("Kari Nordmann ber om")
    await play.slack.deactivates(play.ola)
    await play.slack.workspace.changes.until(lambda: None, 0.2)
    assert not [m for m in play.kari.messages() if "Ingen kan svare" in m.text()]
    await play.slack.deactivates(play.anne)
    await play.kari.sees("Ingen kan svare på forespørselen nå")
    sent = await play.kari.sees_message("Forespørselen venter på en kontoholder")
    assert "@" not in sent.text().replace("kari@example.org", "")


async def test_one_of_whom_slack_does_not_tell_keeps_nobody_else_from_being_asked_about(
    play: Stage,
) -> None:
    leaves_unseen(play, play.anne)
    play.slack.workspace.fail(
        "users.info",
        SlackError("internal_error"),
        times=999,
        when=lambda body: body["user"] == play.ola.id,
    )
    play.travel(hours=25)
    await decide(play, play.ola)
