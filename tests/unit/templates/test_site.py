"""The pages of the bot's own: numbers and names on them are those of the rules and the settings."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from storage.records import ENDED_LIFETIME
from templates.pages import Outcome, Ways, failed_page
from templates.partner_page import Page, partner_page
from templates.words import Words

WAYS = Ways(front="/", install="/install")
MINUTE = timedelta(minutes=1)
PAGE = Page(
    where="https://bot.example",
    issuer="https://bot.example",
    document="/openapi.json",
    burst=200,
    per_second=50,
    kilobytes=16,
    most_uses=100,
    statuses=(),
    problems=(),
    most_misses=10,
    window=MINUTE,
    locked=MINUTE,
)


@pytest.fixture
def named(words: Words) -> Words:
    return words.naming("Siri & co", ENDED_LIFETIME)


def test_partners_read_whom_they_get_a_key_from(words: Words, named: Words) -> None:
    page = partner_page(named, PAGE)
    assert "Dere får en nøkkel av Siri &amp; co." in page
    assert "Be Siri &amp; co om å sette opp en webhook" in page
    assert "Dere får en nøkkel av den ansvarlige for boten." in partner_page(words, PAGE)


def test_partners_read_how_often_they_may_miss(words: Words) -> None:
    assert "Bommer dere 10 ganger på ett minutt, må dere vente ett minutt." in partner_page(
        words, PAGE
    )
    often = replace(PAGE, most_misses=7, window=2 * MINUTE, locked=3 * MINUTE)
    page = partner_page(words, often)
    assert "Bommer dere 7 ganger på 2 minutter, må dere vente 3 minutter." in page


def test_whoever_could_not_install_reads_how_long_one_may_take(words: Words) -> None:
    page = failed_page(words, WAYS, Outcome.TOO_LATE, 15 * MINUTE)
    assert "eldre enn 15 minutter" in page


def test_whoever_could_not_install_reads_whom_to_tell(words: Words, named: Words) -> None:
    page = failed_page(named, WAYS, Outcome.NOT_TAKEN, MINUTE)
    assert "kan du si fra til Siri &amp; co." in page
    assert "si fra til den ansvarlige for boten." in failed_page(
        words, WAYS, Outcome.NOT_TAKEN, MINUTE
    )
