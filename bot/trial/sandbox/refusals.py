"""What Slack answers when it will not do a thing."""

from typing import Any


class SlackRefusal(Exception):  # noqa: N818 - an answer of Slack's, not a fault of this program
    """An answer with `ok: false`: its error name and whatever fields come with it.

    One `of_the_world` depends on more than what the bot did: a correct bot meets it too, so it is
    not held against it.
    """

    def __init__(self, error: str, *, of_the_world: bool = False, **details: Any) -> None:
        super().__init__(error)
        self.error = error
        self.details = details
        self.is_held_against_the_bot = not of_the_world and error not in ANSWERS_OF_THE_WORLD

    def as_answer(self) -> dict[str, Any]:
        return {"ok": False, "error": self.error, **self.details}


def with_messages(error: str, messages: list[str]) -> SlackRefusal:
    """A refusal that lists what is wrong, in the two places where Slack lists it."""
    marked = [f"[ERROR] {message}" for message in messages]
    return SlackRefusal(error, errors=messages, response_metadata={"messages": marked})


# Those that always do.
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
