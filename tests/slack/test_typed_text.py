"""What people type is shown as typed, or refused in words."""

import json

import pytest

from bot.trial.sandbox.payloads import view_submission
from tests.slack.stage import COMMAND, FORM, Stage

ODD = [
    "*fet* _kursiv_ ~strøket~ `kode`",
    "<!channel> <!here>",
    "<@U0001> <#C0001> <https://example.org|trykk her>",
    "&lt;b&gt; & <b>",
    ":tada: 🎉 👩‍👩‍👧",
    "\"sitat\" 'apostrof' «gåseøyne»",
    "שלום עולם مرحبا",
    "'; DROP TABLE codes; --",
    "{{ 7 * 7 }} {% raw %} %(name)s %s {0}",
    "https://example.org/?a=b&c=d kari@example.org",
    "a" * 200,
]


@pytest.mark.parametrize("text", ODD)
async def test_a_purpose_is_shown_as_it_was_typed(http_play: Stage, text: str) -> None:
    await http_play.asks(http_play.kari, **{"Hva skal koden brukes til?": text})
    asked = await http_play.ola.sees_message(text)
    assert asked.record.notifies in (None, [], (), set(), frozenset())
    await http_play.approves(http_play.ola)
    await http_play.kari.sees("er klar")
    await http_play.kari.types("/godkjenningskode koder")
    assert text in (await http_play.kari.sees_view("Mine koder")).text()


@pytest.mark.parametrize(
    "name", ["*Kari*", "<!channel> K", ":tada: K", "O'Hara", 'K "K" K', "קארי", "Zoë-Åse", "x" * 60]
)
async def test_a_name_is_shown_as_it_was_typed(http_play: Stage, name: str) -> None:
    await http_play.asks(http_play.kari, Fornavn=name)
    asked = await http_play.ola.sees_message(name)
    assert not asked.record.notifies
    await http_play.approves(http_play.ola)
    await http_play.ola.types("/godkjenningskode koder")
    assert name in (await http_play.ola.sees_view("Organisasjonens koder")).text()


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("Fornavn", "   "),
        ("Fornavn", "…"),
        ("Etternavn", "Nord\0mann"),
        ("Etternavn", "\u202edrawkcab"),
        ("E-post", "kari"),
        ("E-post", "kari@"),
        ("E-post", "kari@example.org\0"),
        ("E-post", "kari@" + "x" * 300 + ".org"),
        ("Hva skal koden brukes til?", "a\0b"),
    ],
)
async def test_what_cannot_be_shown_is_refused_beside_the_field(
    http_play: Stage, field: str, text: str
) -> None:
    kari = http_play.kari
    await kari.types("/godkjenningskode")
    await kari.sees("Fornavn")
    await kari.fills(
        {
            "Rolle i organisasjonen": "Ansatt",
            "Representasjonsmyndighet": True,
            field: text,
        }
    )
    assert field in (await kari.submits()).errors
    assert await http_play.waiting() == []


async def test_five_thousand_characters_past_the_client_are_refused_by_the_bot(
    http_play: Stage,
) -> None:
    """The client stops at the field's length; a forged form does not."""
    import json

    def field(name: str, **value: object) -> dict[str, object]:
        return {name: {name: value}}

    option = {"value": "volunteer"}
    values = {
        **field("first_name", value="K" * 5_000),
        **field("last_name", value="Nordmann"),
        **field("email", value="kari@example.org"),
        **field("role", selected_option=option),
        **field("purpose", value="p" * 5_000),
        **field("authority", selected_options=[{"value": "confirmed"}]),
    }
    team_id = http_play.slack.workspace.team_id
    payload = {
        "type": "view_submission",
        "team": {"id": team_id},
        "user": {"id": http_play.kari.id, "team_id": team_id},
        "view": {
            "id": "V1",
            "type": "modal",
            "callback_id": "request_form",
            "state": {"values": values},
        },
    }
    answer = await http_play.slack.deliver("interactive", payload)
    assert set(json.loads(answer.body)["errors"]) == {"first_name", "purpose"}


async def test_a_form_that_is_sent_again_with_something_put_right_is_another(
    http_play: Stage,
) -> None:
    """As when the acknowledgement was lost, and Slack has left the form open."""
    await http_play.kari.types(COMMAND)
    await http_play.kari.sees("Fornavn")
    await http_play.kari.fills({**FORM, "E-post": "kari@exmaple.org"})
    workspace = http_play.slack.workspace
    view = workspace.top_view(http_play.kari.id)
    assert view is not None
    sent = json.dumps(view_submission(workspace, http_play.kari.record, view))
    for written in (sent, sent.replace("exmaple", "example"), sent.replace("exmaple", "example")):
        answer = await http_play.slack.deliver("interactive", json.loads(written))
        assert answer.status == 200
    addresses = [request.person.email for request in await http_play.waiting()]
    assert sorted(addresses) == ["kari@example.org", "kari@exmaple.org"]
