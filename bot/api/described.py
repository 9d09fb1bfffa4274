"""What partners get that is not made of these shapes, described for the OpenAPI document: what a
statement says, and what webhooks bring."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bot.api.shapes import Organisation
from storage.records import CodeStatus
from storage.webhooks import GIVEN_UP_AFTER, MOST_USES, Event


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class UseTold(_Shape):
    """One of your uses."""

    id: str
    used_at: datetime


class Claims(_Shape):
    """What a statement says: neither whom the code was made for, nor the code."""

    iss: str = Field(
        description="Who says so: the bot's public address; `godkjenningsbot` where it has none.",
        examples=["https://bot.example.org"],
    )
    aud: str = Field(description="To whom: your `id`, as `/api/v1/me` tells it.")
    iat: int = Field(description="When it was so, in seconds since 1970.")
    exp: int = Field(
        description="Until when it may be taken for how the code is now: an hour after `iat`. That "
        "it was so at `iat` it proves for good."
    )
    status: CodeStatus
    service: str
    reference: str | None
    organisation: Organisation | None
    expires_at: datetime | None
    use: UseTold | None
    test: bool = Field(description="Whether it was said in rehearsal, of a made-up code.")


class UseEnded(_Shape):
    """One of your uses of what is good no more."""

    id: str = Field(description="As `use.id` was in the answer.")
    service: str
    reference: str | None
    used_at: datetime


class Ended(_Shape):
    """What a webhook's event is about: never the code, nor a person."""

    organisation: Organisation
    uses: list[UseEnded] = Field(
        description=f"At most {MOST_USES}. Of more there are several letters, each with the others."
    )
    uses_in_all: int = Field(description="How many there are in all letters together.")


TOLD: dict[Event, str] = {
    Event.CODE_REVOKED: "A code that you have found valid was withdrawn.",
    Event.CODE_REPLACED: "A code that you have found valid has been replaced by a newer one.",
    Event.CODE_EXPIRED: "A code that you have found valid has run out.",
    Event.ORGANISATION_SUSPENDED: "An organisation whose code you have found valid was suspended.",
    Event.TEST: "The operator tries your side, by `partner ping`.",
}
_FOR = f"for {GIVEN_UP_AFTER.total_seconds() / 3600:.0f} hours"
SIGNED_WITH = {
    "webhook-id": "Stays the same when the letter comes once more: it may come twice.",
    "webhook-timestamp": "Seconds since 1970. Refuse what is more than five minutes off.",
    "webhook-signature": "`v1,` and a signature in base64; several with blanks between them while "
    "a secret is exchanged for another.",
}


def webhooks(components: str) -> dict[str, Any]:
    """By the names of the events. `components`: where the shapes stand."""
    return {event: {"post": _webhook(event, components)} for event in TOLD}


def _webhook(event: Event, components: str) -> dict[str, Any]:
    taken = "Taken. Answer within 10 seconds."
    again = f"Not taken, nor is all else but 2xx. It comes again, more and more seldom, {_FOR}."
    return {
        "operationId": "told" + "".join(map(str.capitalize, event.split("."))),
        "summary": TOLD[event],
        "description": "Signed as Standard Webhooks has it (https://www.standardwebhooks.com).",
        "security": [],
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": description,
                "schema": {"type": "string"},
            }
            for name, description in SIGNED_WITH.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _letter(event, components)}},
        },
        "responses": {"2XX": {"description": taken}, "4XX": {"description": again}},
    }


def _letter(event: Event, components: str) -> dict[str, Any]:
    about = {"$ref": f"{components}{Ended.__name__}"}
    nothing = {"type": "object", "additionalProperties": False}
    return {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": event},
            "timestamp": {
                "type": "string",
                "format": "date-time",
                "description": "When it happened, which is before it was sent.",
            },
            "data": nothing if event is Event.TEST else about,
        },
    }
