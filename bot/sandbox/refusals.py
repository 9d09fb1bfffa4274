"""What Slack answers when it will not do a thing."""

from typing import Any


class Refusal(Exception):  # noqa: N818 - an answer of Slack's, not a fault of this program
    """An answer with `ok: false`: its error name and whatever fields come with it."""

    def __init__(self, error: str, **details: Any) -> None:
        super().__init__(error)
        self.error = error
        self.details = details

    def as_answer(self) -> dict[str, Any]:
        return {"ok": False, "error": self.error, **self.details}


def with_messages(error: str, messages: list[str]) -> Refusal:
    """A refusal that lists what is wrong, in the two places where Slack lists it."""
    marked = [f"[ERROR] {message}" for message in messages]
    return Refusal(error, errors=messages, response_metadata={"messages": marked})


# Answers that depend on the world rather than on what the bot did: a correct bot meets them too,
# so they are not held against it.
ANSWERS_OF_THE_WORLD = frozenset(
    {
        "account_inactive",
        "hash_conflict",
        "not_found",
        "ratelimited",
        "token_revoked",
        "user_disabled",
        "users_not_found",
    }
)
