"""What partners ask and are answered, as it goes over the line."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.api.pasted import Mended
from bot.api.rehearsal import CODES, FIRST_USED
from storage.records import CodeStatus, PartnerScope
from templates.partner_answers import Acts

LONGEST_BODY = 16 * 1024
"""Bytes."""

LONGEST_PASTED, LONGEST_WORDS = 500, 200
LONGEST_KEY = 200

# In classes of regular expressions, as Python, Rust and JavaScript read them.
_CONTROL = r"\x00-\x1F\x7F-\x9F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069"
"""Also of lines, and of the direction in which they are read."""

_BLANK = r"\x20\xA0\xAD\u1680\u2000-\u200D\u202F\u205F-\u2065\u206A-\u206F\u2800\u3000\uFEFF"
"""What cannot be seen: in words it may stand, as in those of emoji."""

_UNSEEN_FIRST = r"\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u3164\uFE00-\uFE0F\uFFA0"
"""What cannot be seen by itself: it may be the last of what can."""

_Words = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=LONGEST_WORDS,
        pattern=rf"^[^{_CONTROL}{_BLANK}{_UNSEEN_FIRST}]([^{_CONTROL}]*[^{_CONTROL}{_BLANK}])?$",
    ),
]


_Pasted = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_PASTED,
        examples=["valid000@Proveorganisasjonen"],
        json_schema_extra={"format": "password"},
    ),
]


_REHEARSED = ", ".join(f"`{code}` ({status})" for code, status in CODES.items())


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Asked(_Shape):
    """A question about a code."""

    code: _Pasted = Field(
        description="As somebody has pasted it. What came along is taken away, and said. A key for "
        f"rehearsing knows made-up codes: {_REHEARSED}; `{FIRST_USED}` with `first_use`. Any other "
        "is unknown."
    )
    service: _Words = Field(
        description="What it is to be used for: the organisation reads it.",
        examples=["Kontorpakke for organisasjoner"],
    )
    reference: _Words | None = Field(
        default=None,
        description="Yours, as of an order. The same reference is one use, of one code for one "
        "service; the answer says how the code is now.",
        examples=["ordre-1017"],
    )
    dry_run: bool = Field(
        default=False,
        description="Only look, at the code as it is now: it is no use, nor tells of one.",
    )


class Found(_Shape):
    """A code that somebody has come upon."""

    code: _Pasted = Field(description="As it stands where it was found.")


class Both(_Shape):
    """The same in Norwegian and in English."""

    nb: str
    en: str


class Organisation(_Shape):
    name: str
    number: str | None = Field(description="In the Norwegian Register of Legal Entities, if known.")


class Holder(_Shape):
    """Whom the code was made for."""

    name: str
    email: str


class Used(_Shape):
    """The use that was recorded, now or when you asked before."""

    id: str
    used_at: datetime
    first_use: bool = Field(description="Whether the organisation became a valid user by it.")
    repeated: bool = Field(description="Whether it was recorded when you asked before.")


class Answered(_Shape):
    """What came of the question."""

    status: CodeStatus = Field(description="How the code is now, also when it was asked before.")
    message: Both = Field(description="What the status means, for people.")
    who_must_act: Acts = Field(
        description="To whom your support page speaks.", examples=["account_holder"]
    )
    action: Both = Field(description="What they are to do, for your support page.")
    mended: list[Mended] = Field(description="What was put right before the code was looked up.")
    organisation: Organisation | None = Field(description="Not of a code that is unknown.")
    holder: Holder | None = Field(description="Of a valid code, as far as your scope goes.")
    expires_at: datetime | None = Field(description="UTC. Not of a code that is unknown.")
    use: Used | None = Field(
        description="Of a valid code, and of one that was when you first asked, by "
        "the same reference or Idempotency-Key. Not of a dry run."
    )
    test: bool = Field(
        description="Whether it is of a made-up code: your key is for rehearsing. The statement "
        "says it, too."
    )
    statement: str = Field(
        description="What was answered, signed (a JWT: JWS, EdDSA), without the words, what was "
        "mended and the holder. It says how the code is for an hour (`exp`), and proves for good "
        "how it was at `iat`: keep with it what /api/v1/keys answers."
    )


class OrganisationAnswered(_Shape):
    """Whether an organisation is a valid user."""

    number: str
    known: bool = Field(
        description="Whether an organisation of this number is approved here, or was. Where it is "
        "not, nothing is said of it: an organisation that the operator has entered has no number "
        "before they give it one, and may be a valid user all the same."
    )
    name: str | None = Field(description="Of a valid user.")
    valid_user: bool = Field(
        description="Whether a code of it was ever used, as far as is known under this number."
    )
    since: datetime | None


class KeyShown(_Shape):
    """One of your keys."""

    begins: str
    made_at: datetime
    ends_at: datetime | None


class Me(_Shape):
    """Who you are here."""

    id: str
    name: str
    scope: PartnerScope
    test: bool = Field(description="Whether your codes are made up, and nothing is recorded.")
    key: KeyShown


class PublicKey(_Shape):
    """A key that statements are signed with, as a JSON Web Key."""

    kty: str
    crv: str
    x: str
    kid: str
    alg: str
    use: str


class PublicKeys(_Shape):
    keys: list[PublicKey]
