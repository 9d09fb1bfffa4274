"""What is for the account holders while there are none: it waits for whoever becomes one."""

from bot.trial.sandbox import Human, SlackError
from bot.trial.sandbox.screen import SeenMessage
from storage import holding, outbox
from storage.outbox import NOBODY_TO_TELL
from storage.records import OPERATOR, Notice
from tests.slack.stage import Stage

OUTSIDER = {"Fornavn": "Nils", "Etternavn": "Lie", "E-post": "nils@example.org"}


def cannot_be_written_to(play: Stage, *who: Human) -> None:
    """Slack is in trouble whenever they are written to: the account holders, unless named."""
    holders = {each.id for each in who or (play.ola, play.anne)}
    play.slack.workspace.fail(
        "chat.postMessage",
        SlackError("internal_error"),
        times=999,
        when=lambda body: body["channel"] in holders,
    )


async def sends_a_question_on(who: Human) -> None:
    await who.says("Hva er PIN-koden til bankkortet?")
    sorry = await who.sees_message("Det kan jeg ikke svare på")
    await who.clicks("Spør kontoholder", where=sorry)
    await who.sees_view("Spør kontoholder")
    await who.submits()
    await who.sees("er sendt til")


async def both_leave(play: Stage) -> None:
    for holder in (play.anne, play.ola):
        await play.slack.deactivates(holder)
    assert (await play.standing()).holders == ()


LOOKS = 5
"""So often what somebody is at stands as it is before time goes on: a minute ends their lease, and
on a machine that has much else to do they would begin anew each time, for ever."""


class Minutes:
    """Pass while nobody is at a notice, and where whoever was has been overtaken by another."""

    def __init__(self, play: Stage) -> None:
        self._play = play
        self._seen: list[set[tuple[str, str]]] = []

    async def pass_by(self) -> list[Notice]:
        """What is not delivered yet."""
        async with self._play.database.reading() as transaction:
            left = await outbox.undelivered(transaction)
        held = {(each.id, each.claim) for each in left if each.claim}
        self._seen = [*self._seen, held][-LOOKS:]
        if not held or (len(self._seen) == LOOKS and all(each == held for each in self._seen)):
            self._seen.clear()
            self._play.travel(minutes=1)
        return left


async def waits_for_somebody(play: Stage, *kinds: str) -> None:
    minutes = Minutes(play)

    async def do_wait() -> bool:
        left = await minutes.pass_by()
        return {each.kind for each in left if each.error == NOBODY_TO_TELL} == set(kinds)

    await play.until(do_wait, "it does not wait for an account holder")


async def is_told(play: Stage, who: Human, what: str) -> SeenMessage:
    """While time goes on."""

    minutes = Minutes(play)

    async def has_been() -> bool:
        await minutes.pass_by()
        return what in who.text_on_screen()

    await play.until(has_been, f"{who} is not told {what}")
    return await who.sees_message(what)


async def becomes_account_holder(play: Stage) -> None:
    async with play.deciding() as desk:
        await holding.add(desk, play.kari.id, OPERATOR)
    play.bot.wake()


async def test_a_code_to_send_is_sent_by_the_next(play: Stage) -> None:
    cannot_be_written_to(play)
    await play.makes(play.ola, **OUTSIDER)
    await both_leave(play)
    await waits_for_somebody(play, "code_to_send")
    await becomes_account_holder(play)
    await is_told(play, play.kari, "Send koden til Nils Lie")


async def test_a_question_that_was_sent_on_is_told_to_the_next(play: Stage) -> None:
    cannot_be_written_to(play)
    await sends_a_question_on(play.per)
    await both_leave(play)
    await waits_for_somebody(play, "question_forwarded")
    await is_told(play, play.per, "Ingen kan svare på spørsmålet nå")
    await becomes_account_holder(play)
    told = await is_told(play, play.kari, "Spørsmål fra et medlem")
    assert "PIN-koden" in told.text()


async def test_an_account_holder_hears_when_the_only_other_one_cannot_answer(
    play: Stage,
) -> None:
    cannot_be_written_to(play, play.anne)
    await sends_a_question_on(play.ola)
    await play.slack.deactivates(play.anne)
    await waits_for_somebody(play, "question_forwarded")
    await is_told(play, play.ola, "Ingen kan svare på spørsmålet nå")


async def test_nobody_is_told_of_a_question_of_their_own(play: Stage) -> None:
    cannot_be_written_to(play)
    await sends_a_question_on(play.kari)
    await both_leave(play)
    await waits_for_somebody(play, "question_forwarded")
    await becomes_account_holder(play)
    await waits_for_somebody(play, "question_forwarded")
    assert "Spørsmål fra et medlem" not in play.kari.text_on_screen()


async def test_the_codes_of_the_last_who_left_are_told_to_the_next(play: Stage) -> None:
    await play.makes(play.ola)
    await play.ola.sees("Koden din er klar")
    await both_leave(play)
    await waits_for_somebody(play, "code_left")
    await becomes_account_holder(play)
    told = await is_told(play, play.kari, "Ola Nordmann")
    assert "Trekk tilbake" in [button.text for button in told.buttons()]


async def test_what_nobody_could_be_told_for_a_season_is_not_told_any_more(
    play: Stage,
) -> None:
    await play.makes(play.ola)
    await play.ola.sees("Koden din er klar")
    await both_leave(play)
    await waits_for_somebody(play, "code_left")
    play.travel(days=91)
    await waits_for_somebody(play, "code_expired")
