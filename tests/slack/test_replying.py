"""A question that somebody has sent on is answered by an account holder, and the bot carries it."""

import pytest

from bot.trial.sandbox import Human
from bot.trial.sandbox.payloads import view_submission
from storage import holding, schema
from storage.records import OPERATOR, Action
from templates import ids
from tests.slack.stage import Stage
from tests.slack.test_nobody_to_tell import cannot_be_written_to, sends_a_question_on
from tests.slack.test_refusals import button_payload
from tests.slack.test_telling import settled

QUESTION = "Hvem har *nøkkelen*? <!channel>"
ANSWER = "Spør <@U1> i _styret_.\nHun har den."
SENT = "Spørsmål fra et medlem"


async def asks(play: Stage, who: Human, *, of: tuple[Human, ...]) -> None:
    """Somebody sends a question on, and those are asked it."""
    await who.says("Hvem vant kampen i går?")
    refused = await who.sees_message("Det kan jeg ikke svare på")
    await who.clicks("Spør kontoholder", where=refused)
    await who.sees_view("Spør kontoholder")
    await who.fills({"Spørsmål": QUESTION})
    await who.submits()
    await who.sees("Spørsmålet er sendt til")
    await who.closes()
    for holder in of:
        assert QUESTION in (await holder.sees_message(SENT)).text()


async def writes(who: Human, text: str = ANSWER) -> None:
    """Opens the form, and has not sent it yet."""
    await who.clicks("Svar", where=await who.sees_message(SENT))
    await who.sees_view("Svar")
    await who.fills({"Svar": text})


async def sees_it_taken(holder: Human) -> None:
    """By Ola, with what was asked and answered, and nothing more to do."""
    copy = await holder.sees_message("Spørsmålet er besvart")
    for said in ("besvart av @Ola Nordmann", QUESTION, ANSWER):
        assert said in copy.text()
    assert copy.buttons() == []


async def test_the_answer_comes_to_whoever_asked_and_all_see_who_gave_it(play: Stage) -> None:
    await asks(play, play.per, of=(play.ola, play.anne))
    await writes(play.ola)
    form = play.ola.view()
    assert form
    assert "@Per Nordmann spør" in form.text()
    assert QUESTION in form.text()
    assert (await play.ola.submits()).closed
    answered = await play.per.sees_message("Svar på spørsmålet ditt")
    for said in ("@Ola Nordmann har svart", ANSWER, QUESTION):
        assert said in answered.text()
    assert "@Ola Nordmann har svart" in answered.notification()
    for holder in (play.ola, play.anne):
        await sees_it_taken(holder)
    assert SENT not in play.anne.text_on_screen()
    actions = [row["action"] for row in await play.history()]
    assert actions.count(Action.QUESTION_ANSWERED) == 1


async def test_whoever_was_answered_can_ask_on(http_play: Stage) -> None:
    await asks(http_play, http_play.per, of=(http_play.ola,))
    await writes(http_play.ola)
    await http_play.ola.submits()
    answered = await http_play.per.sees_message("Svar på spørsmålet ditt")
    await http_play.per.clicks("Spør kontoholder", where=answered)
    form = await http_play.per.sees_view("Spør kontoholder")
    assert not form.field("Spørsmål").value


async def test_who_answers_second_is_told_who_was_first_and_loses_nothing(play: Stage) -> None:
    await asks(play, play.per, of=(play.ola, play.anne))
    await writes(play.anne, "Mitt svar")
    await writes(play.ola)
    assert (await play.ola.submits()).closed
    refused = await play.anne.submits()
    assert "allerede besvart av Ola Nordmann" in refused.errors["Svar"]
    form = play.anne.view()
    assert form
    assert form.field("Svar").value == "Mitt svar"
    await play.per.sees_message(ANSWER)
    assert "Mitt svar" not in play.per.text_on_screen()


async def test_a_button_of_a_question_that_has_been_answered_says_so(http_play: Stage) -> None:
    play = http_play
    await asks(play, play.per, of=(play.ola, play.anne))
    value = (await play.anne.sees_message(SENT)).button("Svar").value or ""
    await writes(play.ola)
    await play.ola.submits()
    await sees_it_taken(play.anne)
    payload = await button_payload(play, play.anne, ids.REPLY, value)
    await play.slack.deliver("interactive", payload)
    told = await play.anne.sees_view("Godkjenningskode")
    assert "allerede besvart av @Ola Nordmann" in told.text()


async def test_the_same_form_sent_twice_is_one_answer_and_no_error(http_play: Stage) -> None:
    play = http_play
    await asks(play, play.per, of=(play.ola,))
    await writes(play.ola)
    form = play.ola.view()
    assert form
    payload = view_submission(play.slack.workspace, play.ola.record, form.record)
    answers = [await play.slack.deliver("interactive", payload) for _ in range(3)]
    assert [answer.body for answer in answers] == [b""] * 3
    await play.per.sees_message(ANSWER)
    await play.slack.settles()
    assert sum("har svart" in message.text() for message in play.per.messages()) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Skriv et svar"),
        ("bruk ab12cd34@RodeKors", "godkjenningskode. Den er hemmelig"),
        ("hei \u202e på deg", "tegn som ikke vises"),
    ],
)
async def test_an_answer_that_should_not_be_sent_is_refused_beside_the_field(
    http_play: Stage, text: str, told: str
) -> None:
    play = http_play
    await asks(play, play.per, of=(play.ola,))
    question = (await play.ola.sees_message(SENT)).button("Svar").value or ""
    await writes(play.ola, "Kari")
    form = play.ola.view()
    assert form
    payload = view_submission(play.slack.workspace, play.ola.record, form.record)
    payload["view"]["state"]["values"][ids.REPLY_TEXT][ids.REPLY_TEXT]["value"] = text
    answer = await play.slack.deliver("interactive", payload)
    assert told in answer.body.decode()
    async with play.database.reading() as transaction:
        (row,) = await transaction.rows(schema.forwarded_questions.select())
    assert (row["id"], row["answer"]) == (question, None)


async def test_only_who_is_account_holder_at_the_click_and_at_the_sending_answers(
    http_play: Stage,
) -> None:
    play = http_play
    await asks(play, play.per, of=(play.ola, play.anne))
    question = (await play.ola.sees_message(SENT)).button("Svar").value or ""
    payload = await button_payload(play, play.kari, ids.REPLY, question)
    await play.slack.deliver("interactive", payload)
    assert "Bare kontoholdere" in (await play.kari.sees_view("Godkjenningskode")).text()
    await writes(play.anne)
    async with play.deciding() as desk:
        await holding.remove(desk, play.anne.id, OPERATOR)
    refused = await play.anne.submits()
    assert "Bare kontoholdere" in refused.errors["Svar"]
    assert "har svart" not in play.per.text_on_screen()


async def test_the_copy_of_who_is_account_holder_no_more_loses_its_button_too(
    http_play: Stage,
) -> None:
    play = http_play
    await asks(play, play.per, of=(play.ola, play.anne))
    async with play.deciding() as desk:
        await holding.remove(desk, play.anne.id, OPERATOR)
    await writes(play.ola)
    await play.ola.submits()
    taken = await play.anne.sees_message("Spørsmålet er besvart")
    assert not taken.buttons()
    assert ANSWER not in taken.text(), "what is told to account holders is told to those who are"


async def test_a_question_that_has_been_answered_is_asked_of_nobody_else(
    http_play: Stage,
) -> None:
    """What has not come to one account holder goes to the others, while it is to be answered."""
    play = http_play
    cannot_be_written_to(play, play.anne)
    await sends_a_question_on(play.per)
    await play.ola.sees_message(SENT)
    await writes(play.ola)
    await play.ola.submits()
    await play.per.sees("har svart")
    async with play.deciding() as desk:
        await holding.add(desk, play.kari.id, OPERATOR)
        await holding.remove(desk, play.anne.id, OPERATOR)
    play.slack.workspace.faults.clear()
    await settled(play)
    assert "PIN-koden" not in play.kari.text_on_screen()
