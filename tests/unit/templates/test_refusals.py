"""Every refusal has words: for a message, and for the place beside a field."""

import pytest

from storage.records import RequestState
from templates.refusals import Explanation, Facts, explain
from templates.words import Words
from tests.unit.templates.cast import BOT, CASTS, HOLDER, HOLDERS, ORDINARY
from tests.unit.templates.screens import explanations


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
    facts = Facts(HOLDERS, cast.request(RequestState.APPROVED), cast.holder_name)
    assert explain(words, "AlreadyDecided", facts) == Explanation(
        plain=f"Forespørselen er allerede godkjent av {cast.holder_name}.",
        mrkdwn="Forespørselen er allerede godkjent av <@U0HOLDER>.",
    )


@pytest.mark.parametrize(
    ("state", "decided_by", "name", "said"),
    [
        ("declined", HOLDER, "Ola Nordmann", "allerede avslått av Ola Nordmann."),
        ("withdrawn", HOLDER, "Ola Nordmann", "allerede trukket av Ola Nordmann."),
        ("declined", BOT, "", "allerede avslått."),
        ("approved", HOLDER, "", "allerede godkjent."),
        ("lapsed", BOT, "", "utløpt"),
    ],
)
def test_what_became_of_a_request_is_said(
    words: Words, state: str, decided_by: str, name: str, said: str
) -> None:
    request = ORDINARY.request(RequestState(state), decided_by=decided_by)
    assert said in explain(words, "AlreadyDecided", Facts(HOLDERS, request, name)).plain


def test_who_the_account_holders_are_is_told_to_anybody_else(words: Words) -> None:
    told = explain(words, "NotAccountHolder", Facts(holders=HOLDERS))
    nobody = explain(words, "NotAccountHolder", Facts())
    assert "Kontoholder er <@U0HOLDER> og <@U0SECOND>." in told.mrkdwn
    assert "den som drifter boten" in nobody.mrkdwn
    assert "den som drifter boten" not in told.plain


def test_an_organisation_is_told_how_to_be_approved_or_whom_to_ask(words: Words) -> None:
    waiting = explain(words, "OrganisationNotApproved", Facts())
    suspended = explain(words, "OrganisationNotApproved", Facts(suspended=True))
    assert "Fullfør registreringen hos TechSoup Norge" in waiting.plain
    assert "Kontakt TechSoup Norge" in suspended.plain


def test_nothing_shouts_or_speaks_of_what_is_inside(words: Words) -> None:
    for name, explained in explanations(ORDINARY):
        plain = explained(words).plain.lower()
        for word in ("!", "database", "server", "exception", "feilkode", "id-en", "ugyldig"):
            assert word not in plain, name
