"""Asking the bot: in a direct message, by mention, after the command, from Home."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.trial.sandbox import Human, ServerError, SlackError
from bot.trial.sandbox.payloads import view_submission
from bot.trial.sandbox.records import Prompt
from bot.trial.sandbox.screen import SeenMessage, SeenView
from storage import questions, schema
from storage.records import QUESTION_LIFETIME, Question, Topic, Verdict
from tests.slack.stage import COMMAND, Stage, stage
from tests.slack.test_refusals import button_payload

WHEN = "Når går koden ut?"
ELSEWHERE = "har jeg sendt deg i en direktemelding"


async def kept(play: Stage) -> list[dict[str, Any]]:
    """Every row of questions that there is, as it stands in the database."""
    async with play.database.reading() as transaction:
        return await transaction.rows(schema.questions.select())


async def unanswered(play: Stage) -> list[Question]:
    async with play.looking() as desk:
        return await questions.unanswered(desk)


async def settled(play: Stage) -> None:
    await play.slack.settles()


# Where one can ask


async def test_in_a_direct_message_about_ones_own_codes(play: Stage) -> None:
    await play.has_code(play.kari)
    await play.kari.says("når går koden min ut")
    answer = await play.kari.sees_message(WHEN)
    assert "60 dager igjen" in answer.text()
    assert "Nettside" in answer.text()
    assert "Ikke det du lurte på?" in answer.text()
    assert [button.text for button in answer.buttons()][-2:] == ["👍", "👎"]
    await play.kari.clicks("Vis koden", where=answer)
    assert "@RodeKors" in (await play.kari.sees_view("Godkjenningskoden")).text()
    await play.per.says("når går koden min ut")
    theirs = await play.per.sees_message(WHEN)
    assert "igjen" not in theirs.text()


async def test_by_mention_in_a_thread_and_only_then(play: Stage) -> None:
    await play.has_code(play.kari)
    channel = play.slack.channel("styret", play.kari, play.per)
    await play.kari.says("Når går koden min ut?", channel)
    await settled(play)
    asked = await play.kari.says(f"{play.slack.mention} når går koden min ut?", channel)
    reply = await play.per.sees_message(WHEN)
    assert reply.record.thread_ts == asked.ts
    assert ELSEWHERE in reply.text()
    for personal in ("igjen", "Vis koden", "Nettside", "Kari"):
        assert personal not in reply.text(), personal
    mine = await play.kari.sees_message("60 dager igjen")
    assert mine.channel_id == play.kari.direct_messages.id
    assert "60 dager igjen" not in play.per.text_on_screen()
    answers = [m for m in play.kari.messages() if WHEN in m.text()]
    assert [m.channel_id for m in answers].count(channel.id) == 1


async def test_by_mention_of_what_is_the_same_for_everybody(play: Stage) -> None:
    channel = play.slack.channel("styret", play.kari, play.per)
    root = await play.per.says("Noen som vet dette?", channel)
    await play.per.says(f"{play.slack.mention} hvor mange koder kan vi ha?", channel, thread=root)
    reply = await play.kari.sees_message("ingen grense")
    assert reply.record.thread_ts == root.ts
    assert ELSEWHERE not in reply.text()
    await settled(play)
    assert [m for m in play.per.messages() if m.channel_id != channel.id] == []


async def test_after_the_command(play: Stage) -> None:
    await play.has_code(play.kari)
    answered = await play.kari.types(f"{COMMAND} hva gjør jeg med koden jeg har fått?")
    assert answered
    assert answered.is_ephemeral
    assert "Velg Vis koden og kopier den" in answered.text()
    await play.kari.clicks("Vis koden", where=answered)
    await play.kari.sees_view("Godkjenningskoden")


async def test_from_the_list_on_home_and_on_from_there(play: Stage) -> None:
    await play.per.opens_home()
    home = await play.per.sees_home("Spørsmål og svar")
    topics = [button.text for button in home.buttons() if button.action_id.startswith("topic_")]
    assert len(topics) == 3
    await play.per.clicks("Alle spørsmål", where=home)
    every = await play.per.sees_view("Alle spørsmål")
    topics = [button.text for button in every.buttons()]
    assert len(topics) == len(Topic)
    await play.per.closes()
    for title in topics:
        await play.per.clicks("Alle spørsmål", where=home)
        every = await play.per.sees_view("Alle spørsmål")
        await play.per.clicks(title, where=every)
        view = await play.per.sees_view("Spørsmål og svar")
        assert title in view.text()
        assert "Ikke det du lurte på?" in view.text()
        await play.per.closes()
    await play.per.clicks("Når går koden ut?", where=home)
    shown = await play.per.sees_view("Spørsmål og svar")
    await play.per.clicks("Hva om koden er gått ut?", where=shown)
    await play.per.sees("Du har ingen koder som er gått ut")
    assert len(play.slack.workspace.modals[play.per.id]) == 1


async def test_the_form_opens_from_the_answer(play: Stage) -> None:
    await play.per.says("hvordan får jeg en kode?")
    answer = await play.per.sees_message("Forespørselen går til @Ola Nordmann og @Anne Nordmann")
    await play.per.clicks("Be om godkjenningskode", where=answer)
    await play.per.sees_view("Be om godkjenningskode")


async def test_an_expired_code_is_refreshed_from_the_answer(play: Stage) -> None:
    await play.has_code(play.kari)
    play.travel(days=61)
    await play.kari.sees("Koden er gått ut")
    await play.kari.says("koden min gikk ut før jeg fikk brukt den")
    answer = await play.kari.sees_message(
        "Da ber jeg @Ola Nordmann og @Anne Nordmann om å oppdatere den"
    )
    await play.kari.clicks("Oppdater koden", where=answer)
    await play.ola.sees_message("ber om å få oppdatert")
    await play.ola.says("en kode er gått ut, hva gjør jeg?")
    theirs = await play.ola.sees_message("Velg Oppdater koden ved koden det gjelder")
    assert "Kari Nordmann, kari@example.org" in theirs.text()


# Sure, unsure, not about codes


async def test_unsure_gives_a_choice_and_the_choice_is_learnt_from(play: Stage) -> None:
    await play.per.says("er det noe med koden min")
    choice = await play.per.sees_message("Mente du …?")
    offered = [button for button in choice.buttons() if button.action_id.startswith("topic_")]
    assert 1 <= len(offered) <= 3
    await play.per.presses(offered[0], where=choice)
    view = await play.per.sees_view("Spørsmål og svar")
    assert offered[0].text in view.text()
    await play.per.waits_for(lambda: play.per.view(), "closed")
    (row,) = await unanswered(play)
    assert (row.text, row.verdict) == ("er det noe med koden min", Verdict.CHOICE)
    assert offered[0].action_id == f"topic_{row.picked}"


async def test_what_is_not_about_codes_is_refused_kindly(play: Stage) -> None:
    await play.per.says("Hva er PIN-koden til bankkortet?")
    refused = await play.per.sees_message("Det kan jeg ikke svare på")
    assert "TechSoup Norge" in refused.text()
    assert "Spør kontoholder" in [button.text for button in refused.buttons()]


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("Hei!", "Hei! Jeg hjelper med godkjenningskoder"),
        ("tusen takk", "Bare hyggelig!"),
        ("hva kan du?", "Dette kan jeg hjelpe deg med"),
        ("hjelp", "Dette kan jeg hjelpe deg med"),
    ],
)
async def test_small_talk_gets_a_human_reply(http_play: Stage, said: str, answered: str) -> None:
    await http_play.per.says(said)
    await http_play.per.sees_message(answered)
    assert await kept(http_play) == []


# Who is told nothing


async def test_an_event_told_again_brings_no_second_answer(play: Stage) -> None:
    event = {
        "type": "message", "channel": play.per.direct_messages.id, "channel_type": "im",
        "user": play.per.id, "text": "når går koden ut?", "ts": "1.1", "event_ts": "1.1",
    }  # fmt: skip
    payload = play.slack.event(event)
    for _ in range(3):
        await play.slack.deliver("event", payload)
    await play.per.sees_message(WHEN)
    await settled(play)
    assert len(play.per.messages()) == 1
    assert len(await kept(play)) == 1


QUIET: list[tuple[str, dict[str, Any]]] = [
    ("an edit", {"subtype": "message_changed"}),
    ("a deletion", {"subtype": "message_deleted"}),
    ("a bot", {"bot_id": "B012AB3CD"}),
    ("a bot's older form", {"subtype": "bot_message"}),
    ("somebody who came", {"subtype": "channel_join"}),
    ("an edited mention", {"edited": {"user": "U1", "ts": "1.2"}}),
    ("nobody", {"user": ""}),
]


@pytest.mark.parametrize("kind", ["message", "app_mention"])
@pytest.mark.parametrize(("what", "more"), QUIET, ids=[name for name, _ in QUIET])
async def test_nobody_else_than_people_is_answered(
    http_play: Stage, kind: str, what: str, more: dict[str, Any]
) -> None:
    channel = http_play.slack.channel("styret", http_play.per)
    place = http_play.per.direct_messages.id if kind == "message" else channel.id
    event = {
        "type": kind, "channel": place, "user": http_play.per.id, "text": "når går koden ut?",
        "ts": "1.1", "event_ts": "1.1", **({"channel_type": "im"} if kind == "message" else {}),
        **more,
    }  # fmt: skip
    answer = await http_play.slack.deliver("event", http_play.slack.event(event))
    assert answer.status == 200
    calls = http_play.slack.workspace.calls
    assert not [call for call in calls if call.body.get("user") == http_play.per.id]
    await http_play.per.says("hei")
    await http_play.per.sees_message("Jeg hjelper med")
    assert len(http_play.per.messages()) == 2
    assert await kept(http_play) == []


# Whether it helped


async def test_a_thumb_up_is_thanked_for_and_kept(play: Stage) -> None:
    await play.per.says("når går koden ut?")
    answer = await play.per.sees_message(WHEN)
    await play.per.clicks("👍", where=answer)
    thanks = await play.per.sees_message("så fint at det hjalp")
    assert thanks.is_ephemeral
    (row,) = await kept(play)
    assert (row["helpful"], row["topic"]) == (True, Topic.EXPIRY)
    assert await unanswered(play) == []


async def test_a_thumb_down_shows_the_way_on(play: Stage) -> None:
    await play.per.says("når går koden ut?")
    await play.per.clicks("👎", where=await play.per.sees_message(WHEN))
    sorry = await play.per.sees_message("Takk for at du sier fra")
    assert [row.text for row in await unanswered(play)] == ["når går koden ut?"]
    await play.per.clicks("Spør kontoholder", where=sorry)
    view = await play.per.sees_view("Spør kontoholder")
    assert view.field("Spørsmål").value == "når går koden ut?"


async def test_in_a_thread_the_thanks_stand_in_the_thread(http_play: Stage) -> None:
    channel = http_play.slack.channel("styret", http_play.kari, http_play.per)
    asked = await http_play.per.says(f"{http_play.slack.mention} hvor mange koder?", channel)
    answer = await http_play.per.sees_message("ingen grense")
    await http_play.per.clicks("👎", where=answer)
    sorry = await http_play.per.sees_message("Takk for at du sier fra")
    assert sorry.record.thread_ts == asked.ts
    assert "Takk for at du sier fra" not in http_play.kari.text_on_screen()


async def test_an_answer_from_the_list_can_be_rated_too(http_play: Stage) -> None:
    per = http_play.per
    await per.opens_home()
    await per.clicks(WHEN, where=await per.sees_home("Spørsmål og svar"))
    view = await per.sees_view("Spørsmål og svar")
    await per.clicks("👎", where=view)
    await per.sees("Takk for at du sier fra")
    (row,) = await kept(http_play)
    assert (row["text"], row["helpful"], row["topic"]) == ("", False, Topic.EXPIRY)
    assert await unanswered(http_play) == []


async def test_the_way_on_from_an_answer_in_a_modal_is_one_modal(http_play: Stage) -> None:
    per = http_play.per
    await per.opens_home()
    await per.clicks(WHEN, where=await per.sees_home("Spørsmål og svar"))
    await per.clicks("👎", where=await per.sees_view("Spørsmål og svar"))
    sorry = await per.sees("Takk for at du sier fra")
    onward = [button for button in sorry.buttons() if button.action_id.startswith("topic_")]
    await per.presses(onward[0], where=sorry)
    await per.waits_for(
        lambda: (view := per.view()) and onward[0].text in view.text(), "not shown in its place"
    )
    assert len(http_play.slack.workspace.modals[per.id]) == 1


@pytest.mark.parametrize("value", ["", "x", "::", "x:y:z", f"{'a' * 26}:expiry:up", ":expiry"])
async def test_a_forged_rating_breaks_nothing(http_play: Stage, value: str) -> None:
    await http_play.per.says("når går koden ut?")
    answer = await http_play.per.sees_message(WHEN)
    button = answer.button("👍")
    forged = type(button)(**{**button.__dict__, "value": value})
    await http_play.per.presses(forged, where=answer)
    await settled(http_play)
    assert [row["helpful"] for row in await kept(http_play) if row["text"]] == [None]


# Sent on


async def test_a_question_is_sent_on_under_the_askers_name(play: Stage) -> None:
    await play.per.says("Hvem har nøkkelen til hytta?")
    refused = await play.per.sees_message("Det kan jeg ikke svare på")
    await play.per.clicks("Spør kontoholder", where=refused)
    form = await play.per.sees_view("Spør kontoholder")
    assert "@Ola Nordmann og @Anne Nordmann" in form.text()
    await play.per.fills({"Spørsmål": "Hvem har *nøkkelen* til hytta? <!channel>"})
    await play.per.submits()
    await play.per.sees("Spørsmålet er sendt til @Ola Nordmann og @Anne Nordmann")
    for holder in (play.ola, play.anne):
        asked = await holder.sees_message("@Per Nordmann spør om godkjenningskoder")
        assert "Hvem har *nøkkelen* til hytta? <!channel>" in asked.text()


async def test_the_same_form_sent_twice_is_one_question(http_play: Stage) -> None:
    per = http_play.per
    await ask_form(per)
    await per.fills({"Spørsmål": "Hvem er kasserer?"})
    view = per.view()
    assert view
    payload = _submission(http_play, per, view)
    for _ in range(3):
        await http_play.slack.deliver("interactive", payload)
    await http_play.ola.sees_message("Hvem er kasserer?")
    await settled(http_play)
    assert len([m for m in http_play.ola.messages() if "Hvem er kasserer?" in m.text()]) == 1


def _submission(play: Stage, who: Human, view: SeenView) -> dict[str, Any]:
    return view_submission(play.slack.workspace, who.record, view.record)


async def ask_form(who: Human) -> SeenView:
    await who.says("Hvem vant kampen i går?")
    await who.clicks("Spør kontoholder", where=await who.sees_message("Det kan jeg ikke svare på"))
    return await who.sees_view("Spør kontoholder")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("er ab12cd34@RodeKors min?", "godkjenningskode. Den er hemmelig"),
        ("hei \u202e på deg", "tegn som ikke vises"),
    ],
)
async def test_a_question_that_should_not_be_sent_is_refused_beside_the_field(
    http_play: Stage, text: str, told: str
) -> None:
    await ask_form(http_play.per)
    await http_play.per.fills({"Spørsmål": text})
    refused = await http_play.per.submits()
    assert told in refused.errors["Spørsmål"]
    view = http_play.per.view()
    assert view
    assert view.field("Spørsmål").value == text


async def test_when_nobody_is_left_to_ask_what_was_typed_stays(http_play: Stage) -> None:
    await ask_form(http_play.per)
    await http_play.per.fills({"Spørsmål": "Hvem er kasserer?"})
    for holder in (http_play.ola, http_play.anne):
        await http_play.slack.deactivates(holder)
    await http_play.until(partial(has_no_holders, http_play), "somebody is still account holder")
    refused = await http_play.per.submits()
    assert "kontoholder" in refused.errors["Spørsmål"]
    view = http_play.per.view()
    assert view
    assert view.field("Spørsmål").value == "Hvem er kasserer?"


async def has_no_holders(play: Stage) -> bool:
    return not (await play.standing()).holders


async def test_an_account_holder_asks_the_others(http_play: Stage) -> None:
    form = await ask_form(http_play.ola)
    assert "@Anne Nordmann" in form.text()
    assert "@Ola Nordmann" not in form.text()
    await http_play.ola.submits()
    sent = await http_play.ola.sees("Spørsmålet er sendt til @Anne Nordmann")
    assert "@Ola Nordmann" not in sent.text()
    await http_play.anne.sees_message("@Ola Nordmann spør om godkjenningskoder")


async def test_an_account_holder_alone_has_nobody_to_ask(http_play: Stage) -> None:
    await http_play.slack.deactivates(http_play.anne)
    await settled(http_play)
    await http_play.ola.says("Hvem vant kampen i går?")
    refused = await http_play.ola.sees_message("Det kan jeg ikke svare på")
    assert "Spør kontoholder" not in [button.text for button in refused.buttons()]


# A code in a question


async def test_a_code_in_a_direct_message_is_warned_of_and_not_repeated(play: Stage) -> None:
    await play.has_code(play.kari)
    text = await the_code(play)
    await play.kari.says(f"Hva gjør jeg med {text}?")
    warned = await play.kari.sees_message("Du skrev en godkjenningskode")
    await play.kari.sees_message("Hva gjør jeg med koden?")
    spoken = [m for m in play.kari.messages() if m.record.bot_id]
    assert all(text not in m.text() for m in spoken)
    await play.kari.clicks("Oppdater koden", where=warned)
    await play.ola.sees_message("ber om å få oppdatert")
    assert all(text not in row["text"] for row in await kept(play))


async def the_code(play: Stage) -> str:
    await play.kari.clicks("Vis koden", where=await play.kari.sees_message("Koden din er klar"))
    view = await play.kari.sees_view("Godkjenningskoden")
    text = next(line for line in view.text().splitlines() if "@RodeKors" in line)
    await play.kari.closes()
    return text


async def test_a_code_in_a_channel_is_warned_of_privately(play: Stage) -> None:
    await play.has_code(play.kari)
    text = await the_code(play)
    channel = play.slack.channel("styret", play.kari, play.per)
    await play.per.says(f"{play.slack.mention} {text}", channel)
    warned = await play.per.sees_message("Du skrev en godkjenningskode")
    assert warned.channel_id == play.per.direct_messages.id
    assert "Oppdater koden" not in [b.text for b in warned.buttons()], "it is not Per's"
    assert "@Ola Nordmann og @Anne Nordmann" in warned.text()
    await play.ola.says(f"er {text} gyldig?")
    holders = await play.ola.sees_message("Du skrev en godkjenningskode")
    await play.ola.clicks("Oppdater koden", where=holders)
    await play.kari.sees_message("Den erstatter den gamle koden din")


async def test_a_code_after_the_command_is_warned_of(http_play: Stage) -> None:
    answered = await http_play.per.types(f"{COMMAND} er zz99yy88@Andre en kode?")
    assert answered
    assert answered.is_ephemeral
    assert "Du skrev en godkjenningskode" in answered.text()
    assert "zz99yy88" not in answered.text()


async def test_the_example_is_no_secret(http_play: Stage) -> None:
    await http_play.per.says("er 123a4567@MyNGOname et eksempel på en kode?")
    await http_play.per.sees_message("Hvordan ser koden ut?")
    await settled(http_play)
    assert "Du skrev en godkjenningskode" not in http_play.per.text_on_screen()


async def test_a_code_in_the_form_is_refused_beside_its_field(http_play: Stage) -> None:
    await http_play.per.types(COMMAND)
    await http_play.per.sees("Fornavn")
    await http_play.per.fills(
        {
            "Rolle i organisasjonen": "Frivillig",
            "Hva skal koden brukes til?": "som ab12cd34@RodeKors",
            "Representasjonsmyndighet": True,
        }
    )
    refused = await http_play.per.submits()
    assert "hemmelig" in refused.errors["Hva skal koden brukes til?"]


# What is kept, and for how long


async def test_nothing_says_who_asked(play: Stage) -> None:
    await play.per.says("Jeg heter Per, ring 99 88 77 66. Når går koden min ut?")
    await play.per.sees_message(WHEN)
    (row,) = await kept(play)
    assert row["text"] == "Jeg heter Per, ring [tall]. Når går koden min ut?"
    assert play.per.id not in str(row)
    assert row["asked_on"] == row["asked_on"].replace(hour=0, minute=0, second=0, microsecond=0)

    async def is_forgotten() -> bool:
        async with play.database.reading() as transaction:
            rows = await transaction.rows(schema.outbox.select())
        return rows == []

    await play.until(is_forgotten, "the outbox says whose question it was")


async def test_what_was_asked_is_forgotten_after_ninety_days(http_play: Stage) -> None:
    await http_play.per.says("Hvem vant kampen i går?")
    await http_play.per.sees_message("Det kan jeg ikke svare på")
    await ask_form(http_play.per)
    await http_play.per.fills({"Spørsmål": "Hvem er kasserer?"})
    await http_play.per.submits()
    await http_play.ola.sees_message("Hvem er kasserer?")
    http_play.travel(days=QUESTION_LIFETIME / timedelta(days=1) - 1)
    assert len(await kept(http_play)) == 2
    http_play.travel(days=2)

    async def is_gone() -> bool:
        async with http_play.database.reading() as transaction:
            left = await transaction.rows(schema.forwarded_questions.select())
        return not left and not await kept(http_play)

    await http_play.until(is_gone, "something is still kept")


async def test_account_holders_see_what_could_not_be_answered(play: Stage) -> None:
    for text in ("Hva koster Adobe for oss?", "hva koster adobe", "Hvem vant kampen i går?"):
        await play.per.says(text)
        await play.per.sees_message("Det kan jeg ikke svare på")
        await settled(play)
    await play.ola.opens_home()
    await play.ola.clicks("Spørsmål uten svar", where=await play.ola.sees_home("Spørsmål og svar"))
    listed = await play.ola.sees_view("Spørsmål uten svar")
    assert "2 ganger" in listed.text()
    assert "Per" not in listed.text()
    await play.ola.clicks("Hent som tekst", where=listed)
    exported = await play.ola.sees("[? ?]")
    assert "Hvem vant kampen i går?" in exported.text()


async def test_nobody_else_sees_them(http_play: Stage) -> None:
    await http_play.per.opens_home()
    home = await http_play.per.sees_home("Spørsmål og svar")
    assert "Spørsmål uten svar" not in [button.text for button in home.buttons()]
    for action in ("unanswered", "export_unanswered"):
        payload = await button_payload(http_play, http_play.per, action, "")
        await http_play.slack.deliver("interactive", payload)
        told = await http_play.per.sees_view("Godkjenningskode")
        assert "kontoholder" in told.text()
        await http_play.per.closes()


# Slack's place for agents


async def as_agent(play: Stage) -> None:
    installation = play.slack.workspace.installation
    installation.is_agent = True
    installation.events |= {"app_context_changed", "agent_session_stopped"}


async def test_suggestions_fit_who_opens_the_conversation(play: Stage) -> None:
    """The bot was granted what an agent may: the scope is in its manifest."""
    await as_agent(play)
    await play.has_code(play.kari)
    seen = {}
    for name, who in (("per", play.per), ("kari", play.kari), ("ola", play.ola)):
        await who.opens_home("messages")
        seen[name] = [prompt.title for prompt in await suggestions(who)]
    assert "Hvordan får jeg en kode?" in seen["per"]
    assert "Når går koden min ut?" in seen["kari"]
    assert "Hvordan lager jeg en kode til en annen?" in seen["ola"]


async def test_a_stranger_gets_no_suggestions(tmp_path: Path) -> None:
    async with stage(tmp_path) as play:
        await as_agent(play)
        stranger = play.slack.stranger("Fremmed", "T0OTHER")
        await stranger.opens_home("messages")
    # The bot has stopped: it has done all that it had begun.
    assert stranger.prompts() == []


async def test_every_suggestion_is_answered(http_play: Stage) -> None:
    await as_agent(http_play)
    await http_play.has_code(http_play.kari)
    for who in (http_play.per, http_play.kari, http_play.ola):
        await who.opens_home("messages")
        for prompt in await suggestions(who):
            asked = await who.asks_prompt(prompt.title)
            answer = await answer_to(who, asked)
            assert "Ikke det du lurte på?" in answer.text(), prompt


async def suggestions(who: Human) -> list[Prompt]:
    return await who.waits_for(lambda: who.prompts() or None, "no suggestions")


async def answer_to(who: Human, asked: SeenMessage) -> SeenMessage:
    def look() -> SeenMessage | None:
        replies = [m for m in who.messages() if m.record.thread_ts == asked.ts and m.record.bot_id]
        return replies[0] if replies else None

    return await who.waits_for(look, "no answer in the thread")


async def test_each_question_to_an_agent_has_a_thread_with_a_title(play: Stage) -> None:
    await as_agent(play)
    first = await play.per.says("når går koden ut?")
    answer = await answer_to(play.per, first)
    session = play.slack.workspace.sessions[first.channel_id, first.ts]
    await play.per.waits_for(lambda: session.status == "active" or None, "it works on")
    assert session.title == WHEN
    follow = await play.per.says("og hvor mange koder kan jeg ha?", thread=answer)
    assert follow.record.thread_ts
    await play.per.sees_message("ingen grense")
    assert session.title == WHEN


async def test_trouble_with_one_thread_of_an_agents_is_its_own(http_play: Stage) -> None:
    await as_agent(http_play)
    workspace = http_play.slack.workspace
    workspace.fail("agents.sessions.setStatus", SlackError("thread_not_found"), times=2)
    await answer_to(http_play.per, await http_play.per.says("når går koden ut?"))
    await is_an_agent_in_the_next_thread(http_play)


async def is_an_agent_in_the_next_thread(play: Stage) -> None:
    asked = await play.per.says("hvor mange koder kan jeg ha?")
    await answer_to(play.per, asked)
    shown = lambda: play.slack.workspace.sessions.get((asked.channel_id, asked.ts))  # noqa: E731
    assert (await play.per.waits_for(shown, "the bot is no agent any more")).title


async def test_a_no_that_is_not_known_is_one_threads_where_the_bot_is_an_agent(
    http_play: Stage,
) -> None:
    await as_agent(http_play)
    workspace = http_play.slack.workspace
    await answer_to(http_play.per, await http_play.per.says("hvordan ser koden ut?"))
    workspace.fail("agents.sessions.setStatus", SlackError("not_known_to_anybody"), times=2)
    await answer_to(http_play.per, await http_play.per.says("når går koden ut?"))
    await is_an_agent_in_the_next_thread(http_play)


async def test_a_thread_does_not_stay_at_work_when_slack_hangs_up(http_play: Stage) -> None:
    await as_agent(http_play)
    workspace = http_play.slack.workspace
    workspace.fail(
        "agents.sessions.setStatus",
        ServerError(500),
        times=1,
        when=lambda body: body["status"] == "active",
    )
    asked = await http_play.per.says("når går koden ut?")
    await answer_to(http_play.per, asked)
    session = workspace.sessions[asked.channel_id, asked.ts]
    await http_play.per.waits_for(lambda: session.status == "active" or None, "it works on")


async def test_a_thread_that_stays_at_work_is_put_right_when_slack_listens_again(
    http_play: Stage,
) -> None:
    await as_agent(http_play)
    workspace = http_play.slack.workspace
    asked = await http_play.per.says("når går koden ut?")
    workspace.fail(
        "agents.sessions.setStatus",
        ServerError(500),
        times=99,
        when=lambda body: body["status"] == "active" and body["thread_ts"] == asked.ts,
    )
    await answer_to(http_play.per, asked)

    def has_been_tried_again() -> bool:
        return [call.body.get("status") for call in workspace.calls].count("active") == 2

    await http_play.per.waits_for(lambda: has_been_tried_again() or None, "not told again")
    session = workspace.sessions[asked.channel_id, asked.ts]
    assert session.status == "processing"
    workspace.faults.clear()
    await answer_to(http_play.per, await http_play.per.says("hvor mange koder kan jeg ha?"))
    await http_play.per.waits_for(lambda: session.status == "active" or None, "it works on")


async def test_without_a_plan_that_has_agents_all_works_all_the_same(play: Stage) -> None:
    await play.per.opens_home("messages")
    await play.per.says("når går koden ut?")
    answer = await play.per.sees_message(WHEN)
    assert not answer.record.thread_ts
    assert play.per.prompts() == []


async def test_slack_is_asked_once_whether_the_bot_is_an_agent(http_play: Stage) -> None:
    """What it takes is granted with the manifest, also where the plan has no agents."""

    def asked() -> int:
        methods = [each.method for each in http_play.slack.workspace.calls]
        return methods.count("assistant.threads.setSuggestedPrompts")

    await http_play.per.opens_home("messages")
    await http_play.per.waits_for(lambda: asked() or None, "Slack is not asked")
    for who in (http_play.kari, http_play.per):
        await who.opens_home("messages")
        await who.opens_home()  # what comes after it has been seen to when this is
        await who.sees_home("Godkjenningskoder for")
    assert asked() == 1


async def test_a_mention_in_a_direct_message_is_answered_once(http_play: Stage) -> None:
    """Slack tells of it twice: as a message, and as a mention."""
    said = {
        "channel": http_play.per.direct_messages.id, "user": http_play.per.id,
        "team": http_play.slack.workspace.team_id, "ts": "1.1", "event_ts": "1.1",
        "text": f"{http_play.slack.mention} når går koden ut?",
    }  # fmt: skip
    for event in (
        {**said, "type": "message", "channel_type": "im"},
        {**said, "type": "app_mention"},
    ):
        await http_play.slack.deliver("event", http_play.slack.event(event))
    await http_play.per.sees_message(WHEN)
    await settled(http_play)
    assert len(http_play.per.messages()) == 1


async def test_two_questions_get_an_answer_each(play: Stage) -> None:
    await play.per.says("Hvordan ser koden ut? Og hvor mange koder kan jeg ha?")
    looks = await play.per.sees_message("ser slik ut")
    many = await play.per.sees_message("ingen grense")
    for answer in (looks, many):
        assert "Ikke det du lurte på?" not in answer.text()
    await settled(play)
    assert len([m for m in play.per.messages() if m.from_bot]) == 2
    await play.per.clicks("👍", where=many)
    await play.per.sees_message("Det gjaldt «Hvor mange koder kan jeg ha?»")


async def test_two_questions_after_the_command_are_answered_below_each_other(play: Stage) -> None:
    answered = await play.per.types(f"{COMMAND} når går koden ut, og hvor mange koder kan jeg ha?")
    assert answered
    assert "60 dager" in answered.text()
    assert "ingen grense" in answered.text()
