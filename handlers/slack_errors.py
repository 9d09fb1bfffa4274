"""What went wrong in a call of Slack's Web API, whatever came back: told apart by kind, once."""

import json
from collections.abc import Mapping
from enum import Enum

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse


class OddAnswer(OSError):  # noqa: N818
    """What answers at Slack's address does not answer as Slack does."""


NETWORK = (aiohttp.ClientError, OSError, TimeoutError)
"""Slack was not reached, or was silent: it may have heard all the same."""

NOT_REACHED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
"""Of these, those after which nothing can have been heard: the name is unknown, nobody listens."""

SLACK_FAILED = (SlackApiError, *NETWORK)
"""All that a call of Slack's may raise."""

STACK_IS_FULL = "push_limit_reached"
"""As many modals lie on one another as Slack allows."""

MAYBE_DONE = frozenset(("fatal_error", "internal_error"))
"""Errors before which Slack may have done what it was asked for."""

TRIGGER_IS_USED = "exchanged_trigger_id"
"""It has opened a modal before: it opens one."""

NOBODY = frozenset(("user_not_found", "users_not_found"))
"""What Slack says of an id or an address that is nobody's here."""


class Kind(Enum):
    """Whose trouble an error of Slack's is. What a kind means is decided by whoever calls."""

    OURS = "ours"
    """The token, a scope, or the app itself: nothing goes before somebody has mended it."""

    PASSING = "passing"
    """It passes by itself, or Slack did not answer as Slack does."""

    RECIPIENT = "recipient"
    """The person or the conversation cannot be reached."""

    COPY = "copy"
    """What was to be changed is gone, or newer than what we know of it."""

    CONTENT = "content"
    """What was to be said or shown is not taken as it is put: put more plainly, it may be."""

    OTHER = "other"
    """Any other no of Slack's, which stays."""


_NAMES = {
    Kind.OURS: (
        "account_inactive", "app_uninstalled", "invalid_auth", "missing_scope",
        "not_allowed_token_type", "not_authed", "token_expired", "token_revoked",
    ),
    Kind.PASSING: (
        "accesslimited", "ekm_access_denied", "enterprise_is_restricted",
        "external_channel_migrating", "fatal_error", "internal_error", "message_limit_exceeded",
        "org_login_required", "rate_limited", "ratelimited", "request_timeout",
        "service_unavailable", "team_access_not_granted", "team_added_to_org",
        "two_factor_setup_required", "update_failed",
    ),
    Kind.RECIPIENT: (
        "cannot_dm_bot", "channel_not_found", "invalid_thread_ts", "is_archived",
        "messages_tab_disabled", "no_permission", "not_in_channel", "thread_not_found",
        "user_disabled", "user_not_found", "user_not_visible", "users_not_found",
    ),
    Kind.COPY: (
        "cant_delete_message", "cant_update_message", "edit_window_closed", "hash_conflict",
        "message_not_found", "not_found", "view_not_found",
    ),
    Kind.CONTENT: (
        "attachment_payload_limit_exceeded", "block_mismatch", "invalid_arguments",
        "invalid_attachments", "invalid_blocks", "invalid_blocks_format", "invalid_view",
        "msg_blocks_too_long", "msg_too_long", "no_text", "too_many_attachments", "view_too_large",
    ),
}  # fmt: skip
_KINDS = {name: kind for kind, names in _NAMES.items() for name in names}


def kind_of(error: SlackApiError) -> Kind:
    """By the error that Slack names. Whatever does not answer as Slack does, passes: its servers
    in trouble, or a gateway before them.
    """
    return kind_of_answer(error_name(error), status_of(error))


def kind_of_answer(name: str, status: int) -> Kind:
    """The same by the name, empty where Slack names none, and the HTTP status; 0 without one."""
    if not name or status not in (0, 200):
        return Kind.PASSING
    return kind_named(name)


def kind_named(name: str) -> Kind:
    return _KINDS.get(name, Kind.OTHER)


def is_refusal(error: SlackApiError) -> bool:
    """Whether Slack itself has said no, for a reason that stays."""
    return kind_of(error) is not Kind.PASSING


def needed_scope(error: SlackApiError) -> str:
    """The scope for want of which Slack refuses; empty for any other reason. Of several, with
    commas between them, one is enough."""
    data = getattr(error.response, "data", None)
    needed = data.get("needed") if isinstance(data, dict) else None
    return needed if error_name(error) == "missing_scope" and isinstance(needed, str) else ""


def scopes_of(answer: AsyncSlackResponse) -> frozenset[str]:
    """What the token may, as Slack tells with every answer; nothing where it does not."""
    headers = {name.lower(): text for name, text in answer.headers.items()}
    named = headers.get("x-oauth-scopes", "").split(",")
    return frozenset(scope.strip() for scope in named if scope.strip())


def name_of(error: Exception) -> str:
    """For a log line: the error that Slack names, or else the kind of exception."""
    named = error_name(error) if isinstance(error, SlackApiError) else ""
    return named or type(error).__name__


def error_name(error: SlackApiError) -> str:
    """The error that Slack names; empty when the answer is not one of Slack's own."""
    return name_in(getattr(error.response, "data", None))


def name_in(answer: object) -> str:
    """The error that the body of an answer names; empty when it is not one of Slack's own."""
    name = answer.get("error") if isinstance(answer, dict) else None
    return name if isinstance(name, str) else ""


def wait_asked_for(error: SlackApiError) -> float | None:
    """Seconds that Slack asks us to wait; None when that is not what it said."""
    if status_of(error) != 429:
        return None
    seconds = seconds_asked_for(dict(error.response.headers))
    return 1.0 if seconds is None else seconds


def seconds_asked_for(headers: Mapping[str, object]) -> float | None:
    """As the header says; None where it says nothing that can be read."""
    lowered = {key.lower(): value for key, value in headers.items()}
    value = lowered.get("retry-after", "")
    text = str(value[0] if isinstance(value, list) and value else value)
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def status_of(error: SlackApiError) -> int:
    """The HTTP status of the answer; 0 when there is none."""
    response = error.response
    status = getattr(response, "status_code", None) or getattr(response, "status", None)
    return status if isinstance(status, int) else 0


def refused_at_address(status: int, body: str) -> SlackApiError:
    """A refusal at the address of an interaction, where Slack names the error bare or in JSON."""
    try:
        data = json.loads(body)
    except ValueError:
        data = {"error": body if body.isidentifier() else ""}
    if not isinstance(data, dict):
        data = {}
    response = AsyncSlackResponse(
        client=None,
        http_verb="POST",
        api_url="",  # whoever has the address may speak for the bot
        req_args={},
        data=data,
        headers={},
        status_code=200 if data.get("error") else status,
    )
    return SlackApiError("refused", response)  # type: ignore[no-untyped-call]
