"""What is wrong with a question, as a problem document (RFC 9457).

The type of a problem is stable, and may be compared: programs go by it, and not by its title. It is
an address on this server, beneath which people read of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from storage.once import KnownBy

MEDIA_TYPE = "application/problem+json"
WHERE = "/api/docs#"


class Kind(Struct, frozen=True):
    """A kind of problem, by its stable name."""

    name: str
    status: int
    title: str

    @property
    def type(self) -> str:
        return WHERE + self.name


NOT_JSON = Kind("not-json", 400, "The body is no JSON object in UTF-8.")
NO_KEY = Kind("no-key", 401, "There is no key, or one that opens nothing.")
SUSPENDED = Kind("suspended", 403, "This partner is suspended.")
NOT_FOUND = Kind("not-found", 404, "There is nothing here.")
WRONG_METHOD = Kind("wrong-method", 405, "This is asked by another method.")
USED_OTHERWISE = Kind(
    "used-otherwise", 409, "This reference, or idempotency key, is another question's."
)
TOO_LARGE = Kind("too-large", 413, "The body is larger than a question is.")
NOT_DECLARED_JSON = Kind("not-declared-json", 415, "The body is not declared as application/json.")
WRONG_FIELDS = Kind("wrong-fields", 422, "Some of what was asked is missing or wrong.")
TOO_MANY = Kind("too-many", 429, "Too many questions, or too many wrong ones. Wait, and ask again.")
FAILED = Kind("failed", 500, "Something went wrong here. It is known, and no fault of yours.")
UNAVAILABLE = Kind("unavailable", 503, "The bot cannot answer now. Ask again in a moment.")
INSTEAD: Mapping[KnownBy, str] = {
    KnownBy.REFERENCE: "The reference was used before, with another code or service. Send each "
    "order with a reference of its own, and the same one only to ask the same again.",
    KnownBy.IDEMPOTENCY_KEY: "The Idempotency-Key was sent before, within a day, with another "
    "question. Send a corrected question with a new key, and the same key only with the same "
    "body.",
}
"""What to do where it was another question's."""

KINDS = (
    NOT_JSON,
    NO_KEY,
    SUSPENDED,
    NOT_FOUND,
    WRONG_METHOD,
    USED_OTHERWISE,
    TOO_LARGE,
    NOT_DECLARED_JSON,
    WRONG_FIELDS,
    TOO_MANY,
    FAILED,
    UNAVAILABLE,
)


@dataclass(slots=True)
class Problem(Exception):  # noqa: N818 - the standard's word
    """A question that is not answered, and why."""

    kind: Kind
    detail: str | None = None
    errors: Sequence[Mapping[str, str]] = ()
    """Of fields: where each is (a JSON pointer), and what is wrong with it."""

    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def response(self) -> JSONResponse:
        told: dict[str, Any] = {
            "type": self.kind.type,
            "title": self.kind.title,
            "status": self.kind.status,
        }
        if self.detail is not None:
            told["detail"] = self.detail
        if self.errors:
            told["errors"] = list(self.errors)
        headers = {"cache-control": "no-store", **self.headers}
        return JSONResponse(told, self.kind.status, headers, media_type=MEDIA_TYPE)


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    model_config = ConfigDict(extra="forbid")
    pointer: str = Field(
        description="JSON pointer to the field, empty for the body itself; or a header's name."
    )
    detail: str


class ProblemDocument(BaseModel):
    """A problem document (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")
    type: str = Field(description="Stable: compare this.", examples=[NO_KEY.type])
    title: str
    status: int
    detail: str | None = None
    errors: list[FieldProblem] | None = None


def documented(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """How answers with these problems are described in the OpenAPI document."""
    found: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        found[kind.status] = {
            "description": kind.title,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
            **({"headers": _RETRY_AFTER} if kind in (TOO_MANY, UNAVAILABLE) else {}),
        }
    return found


_RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds to wait before asking again.",
        "schema": {"type": "integer", "minimum": 1},
    }
}
