"""What was said outlives the workspace it was said in."""

import json

import pytest

from bot.trial.sandbox import MovableClock, Sandbox
from bot.trial.sandbox.messages import content_of, replace
from bot.trial.sandbox.snapshot import UnknownForm, put_back, taken
from bot.trial.sandbox.tickets import carry_along, look_up_trigger, new_trigger


def a_workspace_with_talk() -> Sandbox:
    slack = Sandbox()
    kari = slack.person("Kari", id="U0KARI")
    channel = slack.workspace.add_channel("styret", [kari.record], channel_id="C0STYRET")
    first = slack.workspace.add_message(channel, kari.id, "hei *alle*")
    slack.workspace.add_message(channel, kari.id, "svar", thread_ts=first.ts)
    slack.workspace.add_message(channel, "U0SANDBOX", "bare deg", ephemeral_for=kari.id)
    replace(first, content_of({"text": "hei *dere*"}, 100))
    return slack


def test_channels_and_messages_come_back_as_they_were() -> None:
    before = a_workspace_with_talk().workspace
    snapshot = json.loads(json.dumps(taken(before)))
    slack = Sandbox()
    slack.person("Kari", id="U0KARI")
    put_back(slack.workspace, snapshot)
    assert taken(slack.workspace) == taken(before)
    changed = slack.workspace.channels["C0STYRET"].messages[0]
    assert (changed.text, changed.earlier) == ("hei *dere*", ())


def test_what_is_said_next_comes_after_what_was_said() -> None:
    before = a_workspace_with_talk().workspace
    slack = Sandbox()
    put_back(slack.workspace, taken(before))
    last = before.channels["C0STYRET"].messages[-1].ts
    slack.workspace.clock = MovableClock()
    assert slack.workspace.new_timestamp() > last


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"form": 2, "channels": []},
        {"form": 1, "channels": [{"id": "C1"}]},
        {"form": 1, "channels": [7]},
        {"form": 1, "channels": None},
        {"form": 1, "channels": [{"id": "C1", "name": "x", "member_ids": [],
                                  "messages": [{"notifies": [], "ts": "x"}]}]},
    ],
)  # fmt: skip
def test_what_is_broken_is_refused_and_changes_nothing(broken: object) -> None:
    workspace = a_workspace_with_talk().workspace
    before = taken(workspace)
    with pytest.raises(UnknownForm):
        put_back(workspace, broken)  # type: ignore[arg-type]
    assert taken(workspace) == before


def test_a_trigger_is_carried_along_when_the_clock_is_moved() -> None:
    from datetime import timedelta

    clock = MovableClock()
    workspace = Sandbox(clock=clock).workspace
    trigger = new_trigger(workspace, "U1")
    clock.moves_on(timedelta(days=7))
    carry_along(workspace, timedelta(days=7))
    assert look_up_trigger(workspace, trigger).user_id == "U1"
