"""The command `faq`: try the assistant without Slack, score it, and teach it."""

import csv
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from bot.operating import listing
from bot.operating.arguments import AsJson, OnlyTeam
from bot.operating.listing import Column
from bot.operating.opening import Unable, looking
from bot.operating.spoken import Commands
from bot.words import _
from handlers.faq import learning
from handlers.faq.grouping import Group, as_phrasings, grouped
from handlers.faq.matcher import Match, Matcher
from handlers.faq.phrasings import SmallTalk
from handlers.faq.reading import understand
from handlers.faq.scoring import put, table
from storage import questions
from storage.records import Issuer, Organisation, OrganisationState, Verdict
from templates.topics import titles
from templates.words import Words

if TYPE_CHECKING:
    from templates.situation import Situation

faq_app = Commands("Prøv, mål og lær opp det som svarer på spørsmål.")


@faq_app.command("ask")
def ask(
    question: Annotated[
        str, typer.Argument(metavar="spørsmål", help="Spørsmålet, i anførselstegn.")
    ],
) -> None:
    """Still et spørsmål, og se svaret.

    Emnet og hvor sikkert det er, står først. Svaret er slik alle får det.
    """
    words = Words.of("nb")
    asked = understand(question, learning.matcher())
    if asked.small_talk is not None:
        is_help = asked.small_talk is SmallTalk.HELP
        told = "help" if is_help else f"questions/{asked.small_talk}"
        typer.echo(words.plain_prose(told, account_holder=False))
        return
    typer.echo("\n".join(_told(words, asked.match)))


def _told(words: Words, match: Match) -> Iterable[str]:
    from templates.answers import text  # with all that Slack's screens are made of

    named = titles(words)
    percent = f"{match.confidence:.0%}".replace("%", " %")
    yield _("Emne: {label}").format(label=match.label)
    yield _("Sikkerhet: {percent}").format(percent=percent)
    yield ""
    if match.verdict is Verdict.ANSWERED:
        yield named[match.topics[0]]
        yield text(words, match.topics[0], _for_everybody())
    elif match.verdict is Verdict.CHOICE:
        yield words.gettext("Mente du …?")
        yield from (f"• {named[topic]}" for topic in match.topics)
    else:
        yield words.plain_prose("questions/no_answer", can_send_on=False)


def _for_everybody() -> "Situation":
    """An approved organisation, and nobody in particular who reads."""
    from templates.situation import Situation

    now = datetime.now(UTC)
    organisation = Organisation("", "", "", "", Issuer.BOT, OrganisationState.APPROVED, now)
    return Situation(organisation, holders=("",), now=now)


@faq_app.command("classify")
def classify(
    top: Annotated[
        int | None,
        typer.Option(
            metavar="<antall>",
            min=1,
            max=11,
            help="Vis så mange av de beste merkelappene i stedet.",
        ),
    ] = None,
) -> None:
    """Finn emnet til mange spørsmål.

    Leser TSV med kolonnene id og question, og skriver id og emne.
    """
    rows = _read(sys.stdin, ("id", "question"))
    matcher = learning.matcher()
    for row in rows:
        typer.echo(f"{row['id']}\t{_label(matcher, row['question'], top)}")


def _label(matcher: Matcher, question: str, top: int | None) -> str:
    asked = understand(question, matcher)
    if top is None:
        return asked.match.label
    return ",".join(matcher.best(asked.text, top))


@faq_app.command("score")
def score(
    file: Annotated[
        Path,
        typer.Argument(metavar="fil", help="TSV med kolonnene id, lang, label og question."),
    ],
) -> None:
    """Mål svarene mot spørsmål med fasit.

    Tallene er for hvert språk og hvert emne.
    """
    if not file.exists():
        raise Unable(_("{file} finnes ikke.").format(file=file))
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = _read(opened, ("lang", "label", "question"))
    matcher = learning.matcher()
    typer.echo(table([put(matcher, row["lang"], row["label"], row["question"]) for row in rows]))


def _read(source: TextIO, columns: Sequence[str]) -> list[dict[str, str]]:
    """Rows by their header; what stands in other columns is passed over."""
    try:
        lines = source.read().removeprefix("\ufeff").splitlines()
    except UnicodeDecodeError:
        raise Unable(_("Filen er ikke i UTF-8.")) from None
    reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    missing = [name for name in columns if name not in (reader.fieldnames or ())]
    if missing:
        problem = _(
            "Første linje må ha kolonnene {columns}, med tabulator mellom. Det mangler {missing}."
        )
        raise Unable(problem.format(columns=", ".join(columns), missing=", ".join(missing)))
    return [{name: (row[name] or "").strip() for name in columns} for row in reader]


@faq_app.command("learn")
def learn() -> None:
    """Lær av eksemplene på nytt.

    De står i handlers/faq/phrasings.txt. Boten gjør det selv når den starter.
    """
    typer.echo(_("Boten har lært av {count} eksempler.").format(count=learning.learn()))


@faq_app.command("unanswered")
def unanswered(
    team: OnlyTeam = None,
    as_text: Annotated[
        bool, typer.Option("--export", help="Skriv dem slik filen med eksempler er skrevet.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Vis spørsmålene boten ikke kunne svare på.

    De som likner, er samlet: hvor mange, og ett av dem.
    """
    groups = grouped(looking(team, questions.unanswered))
    if as_text and groups:
        typer.echo(as_phrasings(groups), nl=False)
        return
    listing.show(
        [_group_row(each) for each in groups],
        [
            Column("count", _("Antall")),
            Column("topic", _("Emne")),
            Column("text", _("Spørsmål")),
        ],
        as_json=as_json,
        empty=_("Ingen spørsmål står uten svar."),
    )


def _group_row(group: Group) -> listing.Row:
    return {
        "count": group.count,
        "topic": group.topic,
        "text": group.text,
        "questions": [each.text for each in group.questions],
    }
