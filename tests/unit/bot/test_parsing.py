"""What comes from Slack, as bytes and as payloads: the odd ones too."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.body import MalformedRequest, parse_body
from handlers.call import MalformedCall, parse
from handlers.forms import is_showable
from handlers.routes import ROUTES, RoutedTwice, route_table

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("text", ["payload", "payload=1", "&payload={}", "hva er payload"])
def test_a_command_stays_a_command_whatever_is_typed_after_it(text: str) -> None:
    body = parse_body(urlencode({"command": "/godkjenningskode", "text": text}), FORM)
    assert body == {"command": "/godkjenningskode", "text": text}


def test_an_interaction_is_the_json_in_its_field() -> None:
    assert parse_body(urlencode({"payload": '{"type": "æ"}'}), FORM) == {"type": "æ"}


@pytest.mark.parametrize("raw", ["payload={", "payload=[]", "payload=" + "[" * 100_000])
def test_a_broken_interaction_is_malformed(raw: str) -> None:
    with pytest.raises(MalformedRequest):
        parse_body(raw, FORM)


@pytest.mark.parametrize("raw", ["", "{", "[]", "1", "null"])
def test_broken_json_is_malformed(raw: str) -> None:
    with pytest.raises(MalformedRequest):
        parse_body(raw, "application/json")


@given(st.dictionaries(st.text(min_size=1), st.text(), min_size=1))
def test_a_form_is_read_as_it_was_written(fields: dict[str, str]) -> None:
    fields.pop("payload", None)
    assert parse_body(urlencode(fields), FORM) == fields


@pytest.mark.parametrize("raw", ["text=%", "text=%zz", "text=%ff", "text=æ%20", "text=%F0%9F"])
def test_what_is_not_encoded_rightly_is_malformed(raw: str) -> None:
    with pytest.raises(MalformedRequest):
        parse_body(raw, FORM)


@pytest.mark.parametrize("raw", ["text=a%20\\x41\\", "text=%5Cx41+%2B"])
def test_a_backslash_is_a_backslash(raw: str) -> None:
    assert parse_body(raw, FORM) == dict(parse_qsl(raw))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
KINDS = st.sampled_from(["block_actions", "view_submission", "shortcut", "event_callback", "x"])
KEYS = st.sampled_from(["user", "team", "view", "actions", "event", "trigger_id", "callback_id"])


@given(kind=KINDS, rest=st.dictionaries(KEYS, JSON))
def test_no_payload_is_too_odd_to_be_read_or_passed_over(
    kind: str, rest: dict[str, object]
) -> None:
    try:
        call = parse({"type": kind, **rest})
    except MalformedCall:
        return
    assert call is None or isinstance(call.user_id, str)


OURS, HOST, GRID = "T0OURS", "T0HOST", "E0GRID"


@pytest.mark.parametrize(
    ("envelope", "team"),
    [
        ({"team_id": OURS}, OURS),
        ({"team_id": HOST, "authorizations": [{"team_id": OURS}]}, OURS),
        ({"team_id": HOST, "context_team_id": HOST, "authorizations": [{"team_id": OURS}]}, OURS),
        ({"team_id": OURS, "authorizations": []}, OURS),
        ({"team_id": OURS, "authorizations": [{"enterprise_id": GRID, "team_id": None}]}, OURS),
        ({"team_id": OURS, "authorizations": [{"team_id": GRID}]}, OURS),
        ({"team_id": GRID, "authorizations": [{"team_id": GRID}]}, GRID),
        ({}, ""),
    ],
)
def test_whose_app_an_event_is_for_stands_in_its_authorizations(
    envelope: dict[str, object], team: str
) -> None:
    event = {"type": "message"}
    call = parse({"type": "event_callback", "event_id": "Ev1", "event": event, **envelope})
    assert call
    assert (call.team_id, call.user_team_id) == (team, "")


@pytest.mark.parametrize(
    ("body", "team"),
    [
        ({"team": {"id": OURS}, "user": {"team_id": OURS}}, OURS),
        ({"team": None, "user": {"team_id": OURS}}, OURS),
        ({"team": None, "user": {"team_id": GRID}, "message": {"team": OURS}}, OURS),
        ({"team": {"id": HOST}, "view": {"app_installed_team_id": OURS}}, OURS),
        ({"team": {"id": HOST}, "user": {"team_id": HOST}, "message": {"team": OURS}}, OURS),
    ],
)
def test_whose_app_a_button_is_of_is_known_wherever_it_was_pressed(
    body: dict[str, Any], team: str
) -> None:
    user = {"id": "U1", **body.get("user", {})}
    call = parse({**body, "type": "block_actions", "user": user, "actions": [{"action_id": "a"}]})
    assert call
    assert call.team_id == team
    assert call.user_team_id == user.get("team_id", "")


PLACES = [[], {}, ["x"], 3, "x" * 5_000, "æ", "a\nb", "\x00"]


@pytest.mark.parametrize("odd", PLACES)
def test_what_cannot_be_an_id_is_none_and_a_call_without_one_is_malformed(odd: object) -> None:
    """The ledger would have no room for it, or no database would take it."""
    for body in (
        {"command": "/x", "user_id": odd},
        {"type": "shortcut", "callback_id": "x", "user": {"id": odd}},
        {"type": "event_callback", "event_id": odd, "event": {"type": "message"}},
    ):
        with pytest.raises(MalformedCall):
            parse(body)
    event = {"type": "user_change", "user": {"id": odd}, "channel": odd, "ts": odd}
    call = parse({"type": "event_callback", "event_id": "Ev1", "event": event})
    assert call is not None
    assert (call.user_id, call.channel, call.ts) == ("", "", "")


@pytest.mark.parametrize(
    ("state", "read"),
    [
        (None, {}),
        ({"values": None}, {}),
        ({"values": {"a": [1], "b": {"b": 1}}}, {"b": {"b": 1}}),
    ],
)
def test_of_a_form_only_its_fields_are_read(state: object, read: object) -> None:
    view = {"callback_id": "x", "state": state}
    call = parse({"type": "view_submission", "user": {"id": "U1"}, "view": view})
    assert call is not None
    assert call.state == read


def test_what_is_written_is_text_that_every_database_keeps() -> None:
    call = parse({"command": "/x", "user_id": "U1", "text": "a\x00b \ud83d æ😀"})
    assert call is not None
    assert call.text == "ab ? æ😀"


def test_an_id_routed_twice_is_refused() -> None:
    with pytest.raises(RoutedTwice):
        route_table([*ROUTES, ROUTES[0]])


@pytest.mark.parametrize(
    "text", ["Kari", "*Kari*", "<!channel>", "אבג", "Zoë 🎉", 'O\'Hara "x"', ""]
)
def test_what_can_be_seen_is_showable(text: str) -> None:
    assert is_showable(text)


@pytest.mark.parametrize("text", ["a\0b", "a\nb", "\u202eabc", "a\u200bb", "\ud800", "\x7f"])
def test_what_hides_something_is_not(text: str) -> None:
    assert not is_showable(text)
