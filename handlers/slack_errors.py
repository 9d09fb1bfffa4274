"""What went wrong in a call of Slack's Web API, whatever came back."""

from slack_sdk.errors import SlackApiError

PASSING = frozenset(
    {
        "accesslimited", "fatal_error", "internal_error", "rate_limited", "ratelimited",
        "request_timeout", "service_unavailable", "team_added_to_org", "two_factor_setup_required",
    }
)  # fmt: skip
"""Slack's errors that pass by themselves. Every other one that it names stays."""


def error_name(error: SlackApiError) -> str:
    """The error that Slack names; empty when the answer is not one of Slack's own."""
    data = getattr(error.response, "data", None)
    name = data.get("error") if isinstance(data, dict) else None
    return name if isinstance(name, str) else ""


def status_of(error: SlackApiError) -> int:
    """The HTTP status of the answer; 0 when there is none."""
    response = error.response
    status = getattr(response, "status_code", None) or getattr(response, "status", None)
    return status if isinstance(status, int) else 0


def is_refusal(error: SlackApiError) -> bool:
    """Whether Slack itself has said no, for a reason that stays."""
    name = error_name(error)
    return status_of(error) == 200 and bool(name) and name not in PASSING
