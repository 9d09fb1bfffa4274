"""Whoever holds the id of another's question neither rates it nor reads it, by whatever button."""

import json
from pathlib import Path

import pytest

from bot.trial.sandbox import Human
from bot.trial.sandbox.screen import SeenMessage
from storage.keys import Keyring, new_key
from storage.records import Topic
from templates import ids
from tests.slack.stage import Stage
from tests.slack.test_questions import kept, unanswered
from tests.slack.test_refusals import button_payload

UNANSWERABLE = "Hvem har nøkkelen til hytta?"


async def in_channel(play: Stage, who: Human, text: str, says: str) -> SeenMessage:
    """Somebody asks where Kari and Per both read; the bot's answer there."""
    channel = play.slack.channel("styret", play.kari, play.per)
    await who.says(f"{play.slack.mention} {text}", channel)
    return await who.sees_message(says)


async def only_question(play: Stage) -> tuple[str, bool | None, Topic | None]:
    (row,) = [each for each in await kept(play) if each["text"]]
    return row["id"], row["helpful"], row["picked"]


def carried_by(message: SeenMessage, text: str) -> str:
    return message.button(text).value or ""


async def test_in_a_channel_only_the_asker_rates_the_answer_to_their_question(play: Stage) -> None:
    answer = await in_channel(play, play.kari, "hvor mange koder kan jeg ha?", "ingen grense")
    await play.per.clicks("👎", where=answer)
    sorry = await play.per.sees_message("Takk for at du sier fra")
    assert (await only_question(play))[1] is None
    assert await unanswered(play) == []
    await play.per.clicks("Spør kontoholder", where=sorry)
    form = await play.per.sees_view("Spør kontoholder")
    assert not form.field("Spørsmål").value
    await play.kari.clicks("👎", where=answer)
    await play.kari.sees_message("Takk for at du sier fra")
    assert (await only_question(play))[1] is False


async def test_in_a_channel_only_the_asker_sends_their_question_on(play: Stage) -> None:
    refused = await in_channel(play, play.kari, UNANSWERABLE, "Det kan jeg ikke svare på")
    for person, seen in ((play.per, ""), (play.kari, UNANSWERABLE)):
        await person.clicks("Spør kontoholder", where=refused)
        form = await person.sees_view("Spør kontoholder")
        assert (form.field("Spørsmål").value or "") == seen
        assert (UNANSWERABLE in form.text()) is bool(seen)
        await person.closes()


async def test_in_a_channel_only_the_asker_says_what_the_question_was_about(play: Stage) -> None:
    refused = await in_channel(play, play.kari, UNANSWERABLE, "Det kan jeg ikke svare på")
    topic = next(each for each in refused.buttons() if each.action_id.startswith("topic_"))
    await play.per.clicks(topic.text, where=refused)
    shown = await play.per.sees_view("Spørsmål og svar")
    assert (await only_question(play))[2] is None
    await play.per.clicks("👍", where=shown)
    await play.per.sees("så fint at det hjalp")
    assert (await only_question(play))[1] is None
    await play.kari.clicks(topic.text, where=refused)
    await play.kari.sees_view("Spørsmål og svar")
    assert (await only_question(play))[2] is not None


FORGED = {
    "the bare id": lambda question: question.split(".")[0],
    "the asker's own mark": lambda question: question,
    "a mark of nothing": lambda question: question.split(".")[0] + ".",
    "a mark drawn at random": lambda question: question.split(".")[0] + "." + "A" * 16,
}


@pytest.mark.parametrize("forged", FORGED)
async def test_who_holds_anothers_question_cannot_use_it(play: Stage, forged: str) -> None:
    await play.kari.says(UNANSWERABLE)
    refused = await play.kari.sees_message("Det kan jeg ikke svare på")
    question = FORGED[forged](carried_by(refused, "Spør kontoholder"))
    before = await only_question(play)
    for action_id, value in (
        (ids.FEEDBACK, f"{question}:{Topic.EXPIRY}:up"),
        (ids.UNHELPFUL, f"{question}:{Topic.EXPIRY}:down"),
        (ids.topic(Topic.EXPIRY), question),
        (ids.ASK_HOLDER, question),
    ):
        payload = await button_payload(play, play.per, action_id, value)
        await play.slack.deliver("interactive", payload)
    form = await play.per.sees_view("Spør kontoholder")
    assert UNANSWERABLE not in form.text()
    assert await only_question(play) == before
    shown = json.dumps([each.body for each in play.slack.workspace.calls], ensure_ascii=False)
    assert UNANSWERABLE not in shown


async def test_a_button_of_an_earlier_version_is_answered_kindly(play: Stage) -> None:
    """It carries the bare id, and whose it was cannot be told any more."""
    await play.kari.says(UNANSWERABLE)
    refused = await play.kari.sees_message("Det kan jeg ikke svare på")
    question_id = carried_by(refused, "Spør kontoholder").split(".")[0]
    payload = await button_payload(play, play.kari, ids.ASK_HOLDER, question_id)
    await play.slack.deliver("interactive", payload)
    await play.kari.sees_view("Spør kontoholder")
    await play.kari.fills({"Spørsmål": "Hvem har nøkkelen?"})
    assert (await play.kari.submits()).errors == {}
    await play.ola.sees_message("Hvem har nøkkelen?")


async def test_what_a_button_carries_does_not_say_who_asked(
    http_play: Stage, tmp_path: Path
) -> None:
    await http_play.kari.says(UNANSWERABLE)
    refused = await http_play.kari.sees_message("Det kan jeg ikke svare på")
    value = carried_by(refused, "Spør kontoholder")
    question_id, mark = value.split(".")
    assert http_play.kari.id not in value
    guess = f"{question_id} was asked by {http_play.kari.id}"
    assert Keyring([new_key()]).vouch(guess) != mark
    await http_play.slack.settles()
    (row,) = await kept(http_play)
    assert mark not in str(row)


def test_a_mark_is_known_for_as_long_as_its_key_is_there() -> None:
    old, new = new_key(), new_key()
    mark = Keyring([old]).vouch("a claim")
    assert Keyring([new, old]).has_vouched("a claim", mark)
    assert not Keyring([new]).has_vouched("a claim", mark)
    assert not Keyring([old]).has_vouched("another claim", mark)
    assert not Keyring([old]).has_vouched("a claim", "")
    assert not Keyring([old]).has_vouched("a claim", "æøå")
