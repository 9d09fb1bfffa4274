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


@dataclass(frozen=True, slots=True)
class CastMember:
    """One person to play. The ids stay the same however often the room is opened."""

    slug: str
    """Their part of the page's address."""

    first_name: str
    last_name: str
    part: Part

    @property
    def user_id(self) -> str:
        return f"U0{self.slug.upper()}"

    @property
    def email(self) -> str:
        return f"{self.slug}@fjordglimt.example"


CAST = (
    CastMember("kari", "Kari", "Nordmann", Part.REPRESENTATIVE),
    CastMember("ola", "Ola", "Hansen", Part.ACCOUNT_HOLDER),
    CastMember("anne", "Anne", "Berg", Part.ACCOUNT_HOLDER),
    CastMember("per", "Per", "Lund", Part.MEMBER),
)
ACCOUNT_HOLDERS = tuple(each for each in CAST if each.part is Part.ACCOUNT_HOLDER)


@dataclass(frozen=True, slots=True)
class Place:
    """A channel that is there from the start, and what has been said in it."""

    channel_id: str
    name: str
    members: tuple[str, ...]
    said: tuple[tuple[str, str], ...]


PLACES = (
    Place(
        "C0GENERELT",
        "generelt",
        tuple(each.slug for each in CAST),
        (
            ("anne", "Velkommen! Her snakker vi om det som gjelder alle i Fjordglimt."),
            ("per", "Hei! Jeg hjelper til på onsdagene :wave:"),
        ),
    ),
    Place(
        "C0STYRET",
        "styret",
        ("kari", "ola", "anne"),
        (
            (
                "kari",
                "Jeg skal bestille *Microsoft 365* til oss. De spør etter en godkjenningskode?",
            ),
            ("ola", "Skriv `/godkjenningskode`, så godkjenner jeg eller <@U0ANNE>."),
        ),
    ),
)
