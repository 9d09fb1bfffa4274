"""The organisation in the room, its people and its channels."""

from dataclasses import dataclass
from enum import StrEnum

ORGANISATION = "Fjordglimt"
BOT_NAME = "Godkjenningsbot"


class Part(StrEnum):
    """What somebody is in the organisation (`storage/RULES.md`, who is who)."""

    REPRESENTATIVE = "representative"
    ACCOUNT_HOLDER = "account_holder"
    MEMBER = "member"
    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class CastMember:
    """One person to play. The ids stay the same however often the room is opened."""

    slug: str
    """Their part of the page's address."""

    first_name: str
    last_name: str
    part: Part
    part_at_first: Part
    """Where the organisation is not registered when the room is opened."""

    is_administrator: bool = False
    """Of the workspace."""

    @property
    def user_id(self) -> str:
        return f"U0{self.slug.upper()}"

    @property
    def email(self) -> str:
        return f"{self.slug}@fjordglimt.example"


CAST = (
    CastMember("kari", "Kari", "Nordmann", Part.REPRESENTATIVE, Part.REPRESENTATIVE),
    CastMember("ola", "Ola", "Hansen", Part.ACCOUNT_HOLDER, Part.MEMBER),
    CastMember(
        "anne", "Anne", "Berg", Part.ACCOUNT_HOLDER, Part.ADMINISTRATOR, is_administrator=True
    ),
    CastMember("per", "Per", "Lund", Part.MEMBER, Part.OPERATOR),
)
ACCOUNT_HOLDERS = tuple(each for each in CAST if each.part is Part.ACCOUNT_HOLDER)


@dataclass(frozen=True, slots=True)
class Place:
    """A channel that is there from the start, and what has been said in it."""

    channel_id: str
    name: str
    members: tuple[str, ...]
    said: tuple[tuple[str, str], ...]


_FOR_ALL = Place(
    "C0GENERELT",
    "generelt",
    tuple(each.slug for each in CAST),
    (
        ("anne", "Velkommen! Her snakker vi om det som gjelder alle i Fjordglimt."),
        ("per", "Hei! Jeg hjelper til på onsdagene :wave:"),
    ),
)
_IN_NEED = (
    "kari",
    "Jeg skal bestille *Microsoft 365* til oss. De spør etter en godkjenningskode?",
)
_BOARD = ("C0STYRET", "styret", ("kari", "ola", "anne"))
OPERATORS = Place(
    "C0DRIFT",
    "drift",
    ("per",),
    (("per", "Hit kommer organisasjoner som vil være med. Jeg sier ja eller nei."),),
)
PLACES = (
    _FOR_ALL,
    Place(
        *_BOARD,
        (_IN_NEED, ("ola", "Skriv `/godkjenningskode`, så godkjenner jeg eller <@U0ANNE>.")),
    ),
)
PLACES_AT_FIRST = (
    _FOR_ALL,
    Place(
        *_BOARD,
        (
            _IN_NEED,
            ("anne", "Da må vi registreres først: `/godkjenningskode registrer`. Jeg gjør det."),
        ),
    ),
    OPERATORS,
)
"""Where the organisation is not registered when the room is opened."""
