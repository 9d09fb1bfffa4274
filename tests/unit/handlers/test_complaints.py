"""What the log is told when Slack does not take a screen: once of each kind, and nothing typed."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from handlers.complaints import Complaints, said_of


def refusal(error: str = "invalid_blocks", **data: Any) -> SlackApiError:
    response = AsyncSlackResponse(
        client=None,
        http_verb="POST",
        api_url="",
        req_args={},
        data={"ok": False, "error": error, **data},
        headers={},
        status_code=200,
    )
    return SlackApiError("refused", response)  # type: ignore[no-untyped-call]


def with_messages(*messages: str) -> SlackApiError:
    return refusal(response_metadata={"messages": list(messages)})


def test_slacks_own_words_are_kept_with_where_they_point_to() -> None:
    error = with_messages("[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text]")
    assert said_of(error) == ["error must be less than 3001 characters [/blocks/0/text]"]


@pytest.mark.parametrize(
    "message",
    [
        'invalid value "Kari Nordmann" [json-pointer:/blocks/0]',
        "unsupported value: kari",
        "kari@example.org must be a valid url",
        "must not be nordmann, kari 12345678",
        "ab12cd34@RodeKors",
        "[json-pointer:/blocks/Kari/kari@example.org]",
        "[json-pointer:/blocks/0][json-pointer:Nordmann]",
    ],
)
@pytest.mark.parametrize("place", ["response_metadata", "errors"])
def test_what_was_typed_is_struck_out(message: str, place: str) -> None:
    error = refusal(errors=[message]) if place == "errors" else with_messages(message)
    (said,) = said_of(error)
    for word in ("kari", "nordmann", "example.org", "ab12", "12345678"):
        assert word not in said.lower(), said


@pytest.mark.parametrize(
    "data",
    [{}, {"response_metadata": None}, {"response_metadata": {"messages": "x"}}, {"errors": 7}],
)
def test_a_refusal_without_reasons_says_nothing(data: dict[str, Any]) -> None:
    assert said_of(refusal(**data)) == []


def test_it_is_told_once_for_each_screen_and_error(caplog: pytest.LogCaptureFixture) -> None:
    complaints = Complaints()
    for _ in range(3):
        complaints.keep("code_ready", refusal("invalid_blocks"))
        complaints.keep("code_ready", refusal("msg_too_long"))
        complaints.keep("codes", refusal("invalid_arguments"))
    told = [(record.__dict__["screen"], record.__dict__["error"]) for record in caplog.records]
    assert told == [
        ("code_ready", "invalid_blocks"),
        ("code_ready", "msg_too_long"),
        ("codes", "invalid_arguments"),
    ]
    assert {record.message for record in caplog.records} == {"screen_refused"}
