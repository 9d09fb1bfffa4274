"""Every refusal has words: for a message, and for the place beside a field."""

import pytest
from msgspec.structs import replace

from storage.records import OrganisationState, RequestState
from storage.refusals import AlreadyDecided, NotAccountHolder, OrganisationNotApproved, Refusal
from templates import refusals
from templates.mishaps import Mishap
from templates.refusals import Explanation, explain
from templates.words import TEXTS, Words
from tests.unit.templates.cast import BOT, CASTS, HOLDER, ORDINARY
from tests.unit.templates.screens import explanations, refusal_kinds


@pytest.mark.parametrize("kind", CASTS)
def test_beside_a_field_there_are_no_mentions_and_no_marks(words: Words, kind: str) -> None:
    for name, explained in explanations(CASTS[kind]):
        plain = explained(words).plain
        assert plain, name
        for mark in ("<@", "&lt;", "&amp;", "\n"):
            assert mark not in plain, name


@pytest.mark.parametrize("kind", CASTS)
def test_a_name_is_spelled_out_beside_a_field_and_mentioned_elsewhere(
    words: Words, kind: str
) -> None:
    cast = CASTS[kind]
    refusal = AlreadyDecided(cast.request(RequestState.APPROVED))
    told = explain(words, refusal, cast.situation(), name_of_first=cast.holder_name)
    done = "Du finner svaret i meldingen du fikk fra meg her i Slack."
    assert told == Explanation(
        plain=f"Forespørselen er allerede godkjent av {cast.holder_name}. {done}",
        mrkdwn=f"Forespørselen er allerede godkjent av <@U0HOLDER>. {done}",
    )


@pytest.mark.parametrize(
    ("state", "decided_by", "name", "said"),
    [
        (RequestState.DECLINED, HOLDER, "Ola Nordmann", "allerede avslått av Ola Nordmann."),
        (RequestState.WITHDRAWN, HOLDER, "Ola Nordmann", "allerede trukket av Ola Nordmann."),
        (RequestState.DECLINED, BOT, "", "allerede avslått."),
        (RequestState.APPROVED, HOLDER, "", "allerede godkjent."),
        (RequestState.LAPSED, BOT, "", "utløpt"),
    ],
)
def test_what_became_of_a_request_is_said(
    words: Words, state: RequestState, decided_by: str, name: str, said: str
) -> None:
    refusal = AlreadyDecided(ORDINARY.request(state, decided_by=decided_by))
    assert said in explain(words, refusal, ORDINARY.situation(), name_of_first=name).plain


def test_who_the_account_holders_are_is_told_to_anybody_else(words: Words) -> None:
    told = explain(words, NotAccountHolder(), ORDINARY.situation())
    nobody = explain(words, NotAccountHolder(), None)
    assert "Kontoholderne er <@U0HOLDER> og <@U0SECOND>." in told.mrkdwn
    assert "den ansvarlige for boten" in nobody.mrkdwn
    assert "den ansvarlige for boten" not in told.plain


def test_an_organisation_is_told_how_to_be_approved_or_whom_to_ask(words: Words) -> None:
    there = replace(ORDINARY.situation().organisation, state=OrganisationState.AWAITING)
    waiting, suspended, refused = (
        explain(words, OrganisationNotApproved(each), None)
        for each in (
            there,
            replace(there, state=OrganisationState.SUSPENDED),
            replace(there, verdict="Nei."),
        )
    )
    assert "sende den på nytt" in refused.plain
    assert "Fullfør registreringen hos TechSoup Norge" in waiting.plain
    assert "Spør den ansvarlige for boten" in suspended.plain


@pytest.mark.parametrize("kind", list(refusal_kinds()))
def test_every_refusal_of_the_ledger_has_a_text_of_its_own(kind: type[Refusal]) -> None:
    texts = [text for refusal, text in refusals.TEXT_OF.items() if refusal is kind]
    assert [(TEXTS / "refusals" / f"{text}.j2").is_file() for text in texts] == [True]
    assert list(refusals.TEXT_OF.values()).count(texts[0]) == 1


def test_no_text_is_left_of_a_refusal_or_a_mishap_that_is_gone() -> None:
    refused = {path.stem for path in (TEXTS / "refusals").glob("*.j2")}
    assert refused == set(refusals.TEXT_OF.values())
    assert {path.stem for path in (TEXTS / "mishaps").glob("*.j2")} == set(Mishap)


def test_nothing_shouts_or_speaks_of_what_is_inside(words: Words) -> None:
    for name, explained in explanations(ORDINARY):
        plain = explained(words).plain.lower()
        for word in ("!", "database", "server", "exception", "feilkode", "id-en", "ugyldig"):
            assert word not in plain, name
