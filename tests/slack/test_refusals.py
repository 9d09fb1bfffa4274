"""What is refused is refused in words, to the one who did it, with nothing changed."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.trial.sandbox import Human
from bot.trial.sandbox.tickets import new_trigger
from storage import holding, registering, schema
from storage.records import OPERATOR, RequestState
from storage.sql import bindparam, delete, update
from tests.conftest import TravellingClock
from tests.slack.stage import COMMAND, FORM, Stage, stage


async def button_payload(play: Stage, who: Human, action_id: str, value: str) -> dict[str, Any]:
    """A click as Slack would send it, with a value of our own making."""
    workspace = play.slack.workspace
    return {
        "type": "block_actions",
        "team": {"id": workspace.team_id},
        "user": {"id": who.id, "team_id": who.record.team_id},
        "trigger_id": new_trigger(workspace, who.id),
        "actions": [{"action_id": action_id, "block_id": "b", "type": "button", "value": value}],
    }


async def test_no_form_for_an_organisation_that_is_not_approved(http_play: Stage) -> None:
    async with http_play.deciding() as desk:
        await registering.suspend(desk)
    answered = await http_play.kari.types(COMMAND)
    assert answered
    assert "kan ikke lage koder" in answered.text()
    assert http_play.kari.view() is None


async def test_without_an_account_holder_it_says_what_to_do(tmp_path: Path) -> None:
    async with stage(tmp_path, has_holders=False) as play:
        answered = await play.kari.types(COMMAND)
        assert answered
        assert "kontoholder" in answered.text()
        assert play.kari.view() is None


async def test_only_an_account_holder_sees_what_waits(http_play: Stage) -> None:
    answered = await http_play.kari.types(f"{COMMAND} behandle")
    assert answered
    assert "kontoholder" in answered.text()
    assert "@Ola" in answered.text()


@pytest.mark.parametrize(
    ("action_id", "value"),
    [
        ("approve", "01KJMMA2G0000000000000000"),
        ("approve", "'; DROP TABLE codes; --"),
        ("approve", ""),
        ("decline", "x" * 2_000),
        ("show_code", "01KJMMA2G0000000000000000"),
        ("refresh_code", "../../etc/passwd"),
        ("revoke_code", "\0"),
        ("withdraw_request", "æøå"),
    ],
)
async def test_a_forged_button_value_is_answered_in_words(
    http_play: Stage, action_id: str, value: str
) -> None:
    before = await http_play.history()
    payload = await button_payload(http_play, http_play.ola, action_id, value)
    answer = await http_play.slack.deliver("interactive", payload)
    assert answer.status == 200
    await http_play.ola.sees_view("Godkjenningskode")
    assert await http_play.history() == before


async def test_another_persons_button_opens_nothing_of_theirs(http_play: Stage) -> None:
    await http_play.has_code(http_play.kari)
    (code,) = await http_play.codes()
    before = await http_play.history()
    for action_id in ("show_code", "refresh_code", "revoke_code"):
        payload = await button_payload(http_play, http_play.per, action_id, code.id)
        await http_play.slack.deliver("interactive", payload)
        told = await http_play.per.sees_view("Godkjenningskode")
        assert "@RodeKors" not in told.text()
        await http_play.per.closes()
    assert await http_play.history() == before


async def test_a_request_approved_by_a_representative_stays_pending(http_play: Stage) -> None:
    await http_play.asks(http_play.kari)
    (request,) = await http_play.waiting()
    payload = await button_payload(http_play, http_play.kari, "approve", request.id)
    await http_play.slack.deliver("interactive", payload)
    await http_play.kari.sees_view("Godkjenningskode")
    view = {
        "id": "V1",
        "type": "modal",
        "callback_id": "approve_request",
        "private_metadata": request.id,
        "state": {"values": {"authority": {"authority": {"selected_options": [{"value": "x"}]}}}},
    }
    submission = {
        "type": "view_submission",
        "team": payload["team"],
        "user": payload["user"],
        "view": view,
    }
    answer = await http_play.slack.deliver("interactive", submission)
    assert json.loads(answer.body)["response_action"] == "errors"
    assert [each.state for each in await http_play.waiting()] == [RequestState.PENDING]
    assert await http_play.codes() == []


async def test_an_account_holder_removed_meanwhile_decides_nothing(http_play: Stage) -> None:
    await http_play.asks(http_play.kari)
    await http_play.ola.sees("ber om")
    await http_play.ola.clicks("Godkjenn")
    await http_play.ola.sees_view("Godkjenn forespørsel")
    async with http_play.deciding() as desk:
        await holding.remove(desk, http_play.ola.id, OPERATOR)
    await http_play.ola.fills({"Representasjonsmyndighet": True})
    refused = await http_play.ola.submits()
    assert "kontoholder" in refused.errors["Representasjonsmyndighet"]
    assert await http_play.codes() == []


async def test_the_second_to_decide_is_told_by_whom_it_was_decided(http_play: Stage) -> None:
    await http_play.asks(http_play.kari)
    for holder in (http_play.ola, http_play.anne):
        await holder.sees("ber om")
        await holder.clicks("Godkjenn")
        await holder.sees_view("Godkjenn forespørsel")
        await holder.fills({"Representasjonsmyndighet": True})
    outcomes = await asyncio.gather(http_play.ola.submits(), http_play.anne.submits())
    (refused,) = [outcome for outcome in outcomes if not outcome.closed]
    told = refused.errors["Representasjonsmyndighet"]
    assert "allerede godkjent" in told
    assert "Nordmann" in told
    assert len(await http_play.codes()) == 1


async def test_the_same_decision_sent_twice_is_no_error(http_play: Stage) -> None:
    await http_play.asks(http_play.kari)
    (request,) = await http_play.waiting()
    submission = {
        "type": "view_submission",
        "team": {"id": http_play.slack.workspace.team_id},
        "user": {"id": http_play.ola.id, "team_id": http_play.slack.workspace.team_id},
        "view": {
            "id": "V1",
            "type": "modal",
            "callback_id": "approve_request",
            "private_metadata": request.id,
            "state": {"values": {"authority": {"authority": {"selected_options": [{}]}}}},
        },
    }
    answers = await asyncio.gather(
        *(http_play.slack.deliver("interactive", submission) for _ in range(5))
    )
    assert {(answer.status, len(answer.body)) for answer in answers} == {(200, 0)}
    assert len(await http_play.codes()) == 1


async def test_people_of_another_workspace_are_refused(tmp_path: Path) -> None:
    async with stage(tmp_path, strict=False) as play:  # a stranger cannot be sent anything
        eve = play.slack.stranger("Eve", team_id="T0OTHER")
        answered = await eve.types(COMMAND)
        assert answered
        assert "arbeidsområde" in answered.text()
        assert eve.view() is None
        await play.has_code(play.kari)
        (code,) = await play.codes()
        before = await play.history()
        payload = await button_payload(play, eve, "show_code", code.id)
        await play.slack.deliver("interactive", payload)
        # As in a shared channel: our workspace, their person, even an account holder's id.
        payload["user"]["id"] = play.ola.id
        await play.slack.deliver("interactive", payload)
        assert await play.history() == before


async def test_a_wrong_field_is_refused_beside_it_and_what_was_typed_stays(
    http_play: Stage,
) -> None:
    kari = http_play.kari
    await kari.types(COMMAND)
    await kari.sees("Fornavn")
    await kari.fills({**FORM, "Fornavn": "\u202eirak", "E-post": "kari@-example.org"})
    refused = await kari.submits()
    assert set(refused.errors) == {"Fornavn", "E-post"}
    view = kari.view()
    assert view
    assert view.field("Hva skal koden brukes til?").value == "Nettside"
    await kari.fills({"Fornavn": "Kari", "E-post": "kari@example.org"})
    assert (await kari.submits()).closed


async def test_a_code_that_was_replaced_says_so(http_play: Stage) -> None:
    await http_play.has_code(http_play.kari)
    ready = await http_play.kari.sees_message("er klar")
    await http_play.ola.types(f"{COMMAND} koder")
    await http_play.ola.sees_view("Organisasjonens koder")
    await http_play.ola.clicks("Oppdater koden")
    await http_play.ola.sees("Erstattet")
    await http_play.kari.clicks("Vis koden", where=ready)
    told = await http_play.kari.sees_view("Godkjenningskode")
    assert "@RodeKors" not in told.text()


async def test_a_deactivated_account_holder_loses_it_at_once(
    http_play: Stage, clock: TravellingClock
) -> None:
    await http_play.asks(http_play.kari)
    await http_play.ola.sees("ber om")
    await http_play.slack.deactivates(http_play.ola)
    await http_play.slack.settles()
    assert (await http_play.standing()).holders == (http_play.anne.id,)
    await http_play.slack.deactivates(http_play.kari)
    await http_play.slack.settles()
    assert await http_play.waiting() == []
    await http_play.anne.sees("trukket")


@pytest.mark.parametrize("step", [1, -1])
async def test_removing_the_app_is_taken_in_any_order(
    http_play: Stage, caplog: pytest.LogCaptureFixture, step: int
) -> None:
    events = ("tokens_revoked", "app_uninstalled")[::step]
    await http_play.slack.removes_app(events)
    await http_play.slack.settles()
    told = [
        r.__dict__["slack_event"] for r in caplog.records if r.msg == "bot_removed_from_workspace"
    ]
    assert told == list(events)
    assert [each.status for each in http_play.slack.workspace.acknowledgements] == [200, 200]
    assert (await http_play.standing()).holders
    http_play.slack.workspace.violations.clear()


async def test_the_same_refresh_clicked_twice_in_a_message_is_no_error(http_play: Stage) -> None:
    await http_play.makes(http_play.ola)
    await http_play.ola.sees("Koden din er klar")
    http_play.travel(days=46)
    notice = await http_play.ola.sees_message("14 dager")
    button = notice.button("Oppdater koden")
    await http_play.ola.presses(button, where=notice)
    told = await http_play.ola.sees_view("Godkjenningskode")
    first = told.text()
    await http_play.ola.closes()
    await http_play.ola.presses(button, where=notice)
    assert (await http_play.ola.sees_view("Godkjenningskode")).text() == first
    assert len(await http_play.codes()) == 2


async def test_a_crowd_of_account_holders_fits_on_every_screen(http_play: Stage) -> None:
    async with http_play.deciding() as desk:
        for number in range(300):
            await holding.add(desk, f"U{number:010d}", OPERATOR, others=())
        await desk.transaction.run(delete(schema.outbox))  # of whom this Slack knows nothing
    answered = await http_play.kari.types(f"{COMMAND} behandle")
    assert answered
    assert "til" in answered.text()
    await http_play.kari.opens_home()
    await http_play.kari.sees_home("Røde Kors")


async def test_a_workspace_without_an_organisation_is_told_what_to_do(http_play: Stage) -> None:
    async with http_play.deciding() as desk:
        await desk.transaction.run(
            update(schema.organisations).values(team_id=bindparam("elsewhere")),
            elsewhere="T0ELSEWHERE",
        )
    answered = await http_play.kari.types(COMMAND)
    assert answered
    assert "ikke registrert" in answered.text()
    await http_play.kari.opens_home()
    await http_play.kari.sees_home("ikke registrert")


async def test_home_of_a_suspended_organisation_says_so(http_play: Stage) -> None:
    async with http_play.deciding() as desk:
        await registering.suspend(desk)
    await http_play.ola.opens_home()
    home = await http_play.ola.sees_home("kan ikke lage koder nå")
    assert "Behandle forespørsler" not in [button.text for button in home.buttons()]


async def test_a_button_pressed_again_and_again_opens_no_more_than_slack_stacks(
    http_play: Stage,
) -> None:
    await http_play.asks(http_play.kari)
    await http_play.ola.types(f"{COMMAND} behandle")
    waiting = await http_play.ola.waits_for(http_play.ola.view, "no list")
    for _ in range(4):
        await http_play.ola.presses(waiting.button("Godkjenn"), where=waiting)

    def pushes() -> list[str]:
        calls = http_play.slack.workspace.calls
        return [call.outcome for call in calls if call.method == "views.push"]

    await http_play.ola.waits_for(lambda: len(pushes()) >= 4 or None, "four clicks are not taken")
    await http_play.ola.types(f"{COMMAND} hjelp")
    assert pushes() == ["ok", "ok", "push_limit_reached", "push_limit_reached"]
    assert "Noe gikk galt" not in http_play.ola.text_on_screen()


async def test_a_modal_closed_before_the_answer_came_is_no_trouble(http_play: Stage) -> None:
    await http_play.asks(http_play.kari)
    await http_play.ola.types(f"{COMMAND} behandle")
    waiting = await http_play.ola.waits_for(http_play.ola.view, "no list")
    pressing = http_play.ola.presses(waiting.button("Godkjenn"), where=waiting)
    await asyncio.gather(pressing, http_play.ola.closes())

    def pushes() -> list[str]:
        calls = http_play.slack.workspace.calls
        return [call.outcome for call in calls if call.method == "views.push"]

    await http_play.ola.waits_for(lambda: pushes() == ["not_found"] or None, "it is still there")
    await http_play.ola.types(f"{COMMAND} hjelp")
    assert "Noe gikk galt" not in http_play.ola.text_on_screen()
    assert http_play.ola.view() is None
