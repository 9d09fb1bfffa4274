"""Who and what is in the room when it is opened for the first time: people and channels."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

ORGANISATION = "Fjordglimt"
NEWCOMERS = "Fjellklang"
BOT_NAME = "Godkjenningsbot"
MESSAGES = "meldinger"
"""The conversation with the bot, by its part of the page's address."""


class Beginning(StrEnum):
    """How the room is when it is opened for the first time."""

    REGISTERED = "registered"
    """The organisation is there."""

    UNREGISTERED = "unregistered"
    """It is still to be registered."""

    MANY = "many"
    """It is there; and so is a second workspace, to which the bot is still to be added."""


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
    is_administrator: bool = False
    """Of the workspace."""

    @property
    def user_id(self) -> str:
        return f"U0{self.slug.upper()}"


KARI = CastMember("kari", "Kari", "Nordmann", Part.REPRESENTATIVE)
OLA = CastMember("ola", "Ola", "Hansen", Part.ACCOUNT_HOLDER)
ANNE = CastMember("anne", "Anne", "Berg", Part.ACCOUNT_HOLDER, is_administrator=True)
PER = CastMember("per", "Per", "Lund", Part.MEMBER)
CAST = (KARI, OLA, ANNE, PER)
OPERATOR = replace(PER, part=Part.OPERATOR)
CAST_AT_FIRST = (
    KARI,
    replace(OLA, part=Part.MEMBER),
    replace(ANNE, part=Part.ADMINISTRATOR),
    OPERATOR,
)
"""Where the organisation is still to be registered."""

LIV = CastMember("liv", "Liv", "Moen", Part.ADMINISTRATOR, is_administrator=True)
AMIR = CastMember("amir", "Amir", "Haddad", Part.REPRESENTATIVE)


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
"""Where the organisation is still to be registered."""


_NEW = Place(
    "C0ALLE",
    "alle",
    ("liv", "amir"),
    (
        ("amir", "Fjordglimt har en bot som passer på godkjenningskodene. Kan vi få den, vi også?"),
        ("liv", "Ja, den legger man til selv. Jeg gjør det i dag :notes:"),
    ),
)


@dataclass(frozen=True, slots=True)
class Troupe:
    """A workspace: its people, in the order in which they are shown, and its channels."""

    team_id: str
    name: str
    """The organisation's, too."""

    cast: tuple[CastMember, ...]
    places: tuple[Place, ...]
    is_registered: bool
    """Whether its organisation is there from the first."""

    @property
    def account_holders(self) -> list[CastMember]:
        return [each for each in self.cast if each.part is Part.ACCOUNT_HOLDER]

    def email(self, member: CastMember) -> str:
        return f"{member.slug}@{self.name.lower()}.example"


TROUPES: Mapping[Beginning, tuple[Troupe, ...]] = {
    Beginning.REGISTERED: (Troupe("T0ORG", ORGANISATION, CAST, PLACES, True),),
    Beginning.UNREGISTERED: (Troupe("T0ORG", ORGANISATION, CAST_AT_FIRST, PLACES_AT_FIRST, False),),
    Beginning.MANY: (
        Troupe("T0ORG", ORGANISATION, (KARI, OLA, ANNE, OPERATOR), (*PLACES, OPERATORS), True),
        Troupe("T0NY", NEWCOMERS, (LIV, AMIR), (_NEW,), False),
    ),
}
"""The workspaces in the room; the bot is in the first."""

EVERYBODY = {each.user_id: each for each in (*CAST, LIV, AMIR)}
"""By their Slack user id."""
