"""What the operator's commands are given, each checked once and in words."""

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer

from bot.operating.opening import Unable
from bot.settings import EXAMPLE_MEMBER
from bot.words import _
from storage.organisation_number import organisation_number
from storage.records import LONGEST_MESSAGE, OSLO
from storage.refusals import NumberMalformed, NumberMistyped
from storage.scrubbing import codes_in
from templates.refusals import explain
from templates.words import Words

TEAMS, MEMBERS = "TE", "UW"
"""What the ids of workspaces, and of an organisation with several, begin with; and those of
members."""

LONGEST_PARTNER_NAME = 100


def member_or_team(first: str) -> Callable[[str | None], str | None]:
    """What checks that a text is an id that begins so; one that is not given is none."""

    def check(text: str | None) -> str | None:
        if text is None:
            return None
        if not re.fullmatch(rf"[{first}][A-Z0-9]{{1,31}}", text):
            example = f"{first[0]}{EXAMPLE_MEMBER[1:]}"
            raise Unable(_what_it_is_not(first).format(text=text, example=example))
        if text[1:] == EXAMPLE_MEMBER[1:]:
            problem = _("{text} er bare et eksempel. Sett inn ID-en fra Slack.")
            raise Unable(problem.format(text=text))
        return text

    return check


def _what_it_is_not(first: str) -> str:
    """It may well be an ID in Slack, of something else."""
    if first == MEMBERS:
        return _("{text} er ingen medlems-ID. Den ser ut som {example}.")
    return _("{text} er ingen arbeidsområde-ID. Den ser ut som {example}.")


def organisation(text: str | None) -> str | None:
    """A workspace's id; of several organisations in it, its short name after a slash."""
    if text is None:
        return None
    team, slash, called = text.partition("/")
    checked = member_or_team(TEAMS)(team)
    if slash and not re.fullmatch(r"\w{1,40}", called):
        problem = _("{text} er ingen organisasjon. Skriv den slik: {team}/Kortnavn")
        raise Unable(problem.format(text=text, team=checked))
    return text


def name_to_show(text: str) -> str:
    """As it will stand in lists and messages."""
    name = text.strip()
    if not name or any(unicodedata.category(letter)[0] == "C" for letter in name):
        raise Unable(_("Navnet må ha bokstaver, og ikke linjeskift eller styretegn."))
    return name


def partner_name(text: str) -> str:
    """The same, of a partner."""
    name = name_to_show(text)
    if len(name) > LONGEST_PARTNER_NAME:
        problem = _("Navnet er for langt. Bruk høyst {most} tegn.")
        raise Unable(problem.format(most=LONGEST_PARTNER_NAME))
    return name


def reason_to_show(text: str) -> str:
    """As it will stand in messages, on one line."""
    reason = text.strip()
    if any(unicodedata.category(letter)[0] == "C" for letter in reason):
        raise Unable(_("Skriv grunnen på én linje, uten styretegn."))
    if len(reason) > LONGEST_MESSAGE:
        problem = _("Grunnen er for lang. Bruk høyst {most} tegn.")
        raise Unable(problem.format(most=LONGEST_MESSAGE))
    if codes_in(reason):
        raise Unable(_("Det står en kode i grunnen. En kode er hemmelig."))
    return reason


def number_to_keep(text: str | None) -> str | None:
    """An organisation's, as its nine digits."""
    try:
        return None if text is None else organisation_number(text)
    except (NumberMalformed, NumberMistyped) as refusal:
        raise Unable(explain(Words.of("nb"), refusal, None).plain) from None


def person(text: str | None) -> str | None:
    """By member id, or by an address."""
    return text if text is None or "@" in text else member_or_team(MEMBERS)(text)


def code_id(text: str | None) -> str | None:
    """Not the code itself, which is a secret, also on a command line."""
    if text is not None and not re.fullmatch(r"[0-9A-Z]{26}", text):
        problem = _(
            "Det er ikke ID-en til en kode. Bruk den fra «codes list», og aldri selve koden."
        )
        raise Unable(problem)
    return text


def moment(text: str) -> datetime:
    """A day, from its beginning, or a moment; by the clock in Norway where nothing else is said.

    Raises:
        Unable: it is neither.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        problem = _("{text} er ingen dato. Skriv den slik: 2026-11-30, eller 2026-11-30T14:00.")
        raise Unable(problem.format(text=text)) from None
    return found if found.tzinfo else found.replace(tzinfo=OSLO)


Team = Annotated[
    str,
    typer.Argument(
        metavar="arbeidsområde-id",
        callback=member_or_team(TEAMS),
        help="Arbeidsområdets ID i Slack, som T012AB3CD.",
    ),
]
WhichOrganisation = Annotated[
    str,
    typer.Argument(
        metavar="arbeidsområde-id",
        callback=organisation,
        help="Arbeidsområdets ID i Slack, som T012AB3CD. Har det flere organisasjoner: "
        "T012AB3CD/Kortnavn.",
    ),
]
User = Annotated[
    str,
    typer.Argument(
        metavar="medlems-id",
        callback=member_or_team(MEMBERS),
        help="Medlems-ID i Slack, som U012AB3CD.",
    ),
]
OnlyTeam = Annotated[
    str | None,
    typer.Option(
        "--team",
        metavar="<id>",
        callback=organisation,
        help="Arbeidsområdets ID, eller <id>/<kortnavn>. Trengs når det er flere organisasjoner.",
    ),
]
AnyTeam = Annotated[
    str | None,
    typer.Option(
        "--team",
        metavar="<id>",
        callback=organisation,
        help="Bare dette arbeidsområdet, eller <id>/<kortnavn>. Ellers alle.",
    ),
]
Most = Annotated[
    int,
    typer.Option("--most", metavar="<antall>", min=1, max=100_000, help="Så mange av de nyeste."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Skriv som JSON, for programmer.")]
