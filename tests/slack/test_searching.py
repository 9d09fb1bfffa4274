"""An account holder looks for a code among all, and goes on from there."""

from bot.trial.sandbox.screen import SeenView
from tests.slack.stage import COMMAND, Stage

OUTSIDER = {"Fornavn": "Åse", "Etternavn": "Lie", "E-post": "ase@example.org"}


async def opens_codes(play: Stage) -> SeenView:
    await play.makes(play.ola, **OUTSIDER)
    await play.has_code(play.kari)
    await play.ola.types(f"{COMMAND} koder")
    return await play.ola.sees_view("Organisasjonens koder")


def shown(play: Stage) -> str:
    view = play.ola.view()
    assert view
    return view.text()


async def test_a_code_is_found_as_soon_as_a_word_is_entered(play: Stage) -> None:
    view = await opens_codes(play)
    assert "2 koder" in view.text()
    assert [option.text for option in view.field("Vis").options] == [
        "Gyldige",
        "Går snart ut",
        "Utløpte",
        "Alle",
    ]
    await play.ola.fills({"Søk": "åse"})
    await play.ola.sees("1 kode")
    assert "Åse Lie" in shown(play)
    assert "Kari Nordmann" not in shown(play)


async def test_a_search_is_sent_by_its_button_too(play: Stage) -> None:
    await opens_codes(play)
    view = play.ola.view()
    assert view
    block = view.field("Søk").block
    view.put(block["block_id"], block["element"]["action_id"],
             {"type": "plain_text_input", "value": "nordmann"})  # fmt: skip
    outcome = await play.ola.submits()
    assert outcome.updated, outcome
    assert "Kari Nordmann" in shown(play)
    assert "Åse Lie" not in shown(play)


async def test_what_fits_nothing_is_said_and_what_was_typed_stays(play: Stage) -> None:
    await opens_codes(play)
    await play.ola.fills({"Søk": "finnes ikke"})
    await play.ola.sees("Ingen koder passer til søket")
    view = play.ola.view()
    assert view
    assert view.field("Søk").value == "finnes ikke"
    await play.ola.fills({"Søk": None})
    await play.ola.sees("2 koder")


async def test_what_is_done_in_the_list_leaves_it_as_it_was_looked_for(play: Stage) -> None:
    await opens_codes(play)
    await play.ola.fills({"Vis": "Gyldige", "Søk": "åse"})
    await play.ola.sees("1 kode")
    await play.ola.clicks("Trekk tilbake")
    await play.ola.sees("0 koder")
    assert "Kari Nordmann" not in shown(play)
    await play.ola.fills({"Vis": "Alle"})
    await play.ola.sees("Trukket tilbake")
    assert "Kari Nordmann" not in shown(play)


async def test_the_next_page_is_of_what_was_looked_for(http_play: Stage) -> None:
    play = http_play
    for number in range(11):
        about = {**OUTSIDER, "Etternavn": f"Lie {number}", "E-post": f"a{number}@example.org"}
        await play.makes(play.ola, **about)
    await play.has_code(play.kari)
    await play.ola.types(f"{COMMAND} koder")
    await play.ola.sees_view("Organisasjonens koder")
    await play.ola.fills({"Søk": "åse lie"})
    await play.ola.sees("11 koder")
    await play.ola.clicks("Neste side")
    await play.ola.sees("Side 2 av 2")
    assert "11 koder" in shown(play)
    assert "Kari Nordmann" not in shown(play)


async def test_a_member_searches_in_nothing(play: Stage) -> None:
    await play.has_code(play.kari)
    await play.kari.types(f"{COMMAND} koder")
    view = await play.kari.sees_view("Mine koder")
    assert not view.fields()
