"""The account holder's desk in a browser: the register, what has happened, and its files."""

import csv
from pathlib import Path

from playwright.async_api import expect

from tests.browser.player import COMMAND, Player
from tests.browser.scene import Scene

PERSON = {
    "Fornavn": "Nora",
    "Etternavn": "Dahl",
    "E-post": "nora@fjordglimt.example",
    "Rolle i organisasjonen": "Styremedlem",
    "Gyldig til": "2026-12-24",
    "har representasjonsmyndighet": True,
}


async def opens(player: Player, name: str) -> None:
    await player.goes_to("hjem")
    await player.clicks(name, player.conversation)
    await player.sees_modal(name)


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.reader(lines, delimiter=";"))


async def enters(player: Player, **changes: str) -> None:
    await opens(player, "Personer")
    await player.clicks("Legg til person")
    await player.sees_modal("Legg til person")
    await player.fills({**PERSON, **changes})
    await player.submits()


async def downloads(player: Player, name: str) -> list[list[str]]:
    async with player.page.expect_download() as coming:
        await player.page.get_by_role("link", name=name).last.click()
    return read(await (await coming.value).path())


async def test_somebody_is_entered_confirmed_and_withdrawn(play: Scene) -> None:
    anne, ola = await play.opens("anne"), await play.opens("ola")
    await opens(anne, "Personer")
    await anne.sees("Ingen står her nå", anne.modal)
    await anne.clicks("Lukk")
    await enters(anne, **{"E-post": "nora"})
    await anne.sees("Skriv en gyldig e-postadresse", anne.modal)
    await anne.fills({"E-post": PERSON["E-post"]})
    await anne.submits()
    await anne.sees("Gjelder til torsdag 24. desember 2026 (30 dager igjen)", anne.modal)
    await opens(ola, "Personer")
    await ola.sees("Nora Dahl", ola.modal)
    await ola.clicks("Bekreft på nytt")
    await ola.confirms("Bekreft")
    await ola.sees("av @Ola Hansen", ola.modal)
    await ola.clicks("Trekk myndigheten")
    await ola.sees_modal("Trekk myndigheten")
    await ola.submits()
    await ola.sees("Ingen står her nå", ola.modal)


async def test_account_holders_are_asked_before_a_term_ends(play: Scene) -> None:
    ola = await play.opens("ola")
    await enters(ola)
    await ola.sees("Nora Dahl", ola.modal)
    await ola.press("Escape")
    await ola.goes_to("meldinger")
    await ola.travels("Til neste varsel")
    message = await ola.sees_message("Nora Dahl", "Bekreft på nytt")
    await ola.clicks("Bekreft på nytt", message)
    await expect(message.get_by_role("button", name="Bekreft på nytt")).to_have_count(0)


async def test_what_has_happened_is_read_searched_and_taken_home(play: Scene) -> None:
    kari, ola = await play.opens("kari"), await play.opens("ola")
    await kari.asks()
    await ola.sees_message("ber om")
    await ola.approves()
    await opens(ola, "Historikk")
    await ola.sees("godkjente forespørselen", ola.modal)
    await ola.fills({"Person": "finnes ikke"})
    await ola.submits()
    await ola.sees("Ingenting passer til søket", ola.modal)
    await ola.fills({"Person": "kari"})
    await ola.submits()
    await ola.sees("godkjente forespørselen", ola.modal)
    await ola.clicks("Koder per måned")
    await ola.sees("Oversikten kommer", ola.modal)
    await ola.clicks("Lukk")
    await ola.sees_modal("Historikk")
    await ola.clicks("Last ned CSV")
    await ola.sees("Filen ligger i samtalen vår", ola.modal)
    await ola.clicks("Lukk")
    await ola.sees_modal("Historikk")
    await ola.clicks("Lukk")
    await ola.sees_no_modal()
    await ola.goes_to("meldinger")
    await ola.sees_message("Koder per måned", "Laget")
    await ola.sees_message("Historikk")
    header, *rows = await downloads(ola, "historikk-2026-11-24.csv")
    assert header[:3] == ["Tid", "Hvem", "Hva"]
    assert ["Ola Hansen", "laget koden", "Kari Nordmann"] in [row[1:4] for row in rows]


async def test_a_deputy_decides_and_keeps_no_list_of_account_holders(play: Scene) -> None:
    ola, per = await play.opens("ola"), await play.opens("per")
    await opens(ola, "Kontoholdere")
    await ola.clicks("Stedfortreder")
    await ola.sees_modal("Stedfortreder")
    await ola.fills({"Stedfortreder": "Per Lund", "Fra": "2026-11-24", "Til": "2026-11-26"})
    await ola.submits()
    await ola.sees("Per Lund", ola.modal)
    await per.sees_message("stedfortreder")
    await per.types(f"{COMMAND} personer")
    await per.sees_modal("Personer")
    await per.press("Escape")
    await per.types(f"{COMMAND} kontoholdere")
    await per.sees("En stedfortreder kan ikke endre hvem som er kontoholder.")


async def test_the_codes_come_as_a_file_without_the_codes(play: Scene) -> None:
    ola = await play.opens("ola")
    await ola.asks()
    await ola.types(f"{COMMAND} koder")
    await ola.sees_modal("Organisasjonens koder")
    await ola.clicks("Last ned liste")
    await ola.sees("Filen ligger i samtalen vår", ola.modal)
    await ola.clicks("Lukk")
    await ola.sees_modal("Organisasjonens koder")
    await ola.clicks("Lukk")
    await ola.sees_no_modal()
    await ola.sees_message("koder")
    _, row = await downloads(ola, "koder-2026-11-24.csv")
    assert "Ola Hansen" in row
    assert not any("@" in cell and cell[0].isdigit() for cell in row)
