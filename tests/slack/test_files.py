"""Lists as files, in the conversation with whoever asked."""

import csv
import io
from pathlib import Path

from bot.trial.sandbox.faults import SlackError
from tests.slack.stage import BOT_SCOPES, COMMAND, Stage, stage


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


async def test_the_history_comes_as_a_file_with_names(play: Stage) -> None:
    await play.has_code(play.kari)
    await play.ola.types(f"{COMMAND} historikk")
    await play.ola.sees_view("Historikk")
    await play.ola.clicks("Last ned CSV")
    await play.ola.sees("Filen ligger i samtalen vår")
    message = await play.ola.sees_message("Historikk")
    header, *rows = read(message.file("historikk-2026-03-01.csv"))
    assert header == [
        "Tid",
        "Hvem",
        "Hva",
        "Person",
        "E-post",
        "Kode",
        "Tjeneste",
        "Kontoholder eller stedfortreder",
    ]
    (code,) = await play.codes()
    made = ["2026-03-01 13:00", "Ola Nordmann", "laget koden", "Kari Nordmann"]
    assert [*made, "kari@example.org", f"{code.hint}•••", "", ""] in rows
    assert ["2026-03-01 13:00", "Innstillingene", "la til organisasjonen", *[""] * 5] in rows
    assert any(row[-1] == "Anne Nordmann" for row in rows)


async def test_what_is_looked_for_is_what_comes(play: Stage) -> None:
    await play.has_code(play.kari)
    await play.has_code(play.per)
    await play.ola.types(f"{COMMAND} historikk")
    await play.ola.sees_view("Historikk")
    await play.ola.fills({"Person": "per"})
    await play.ola.submits()
    await play.ola.sees("hendelser")
    await play.ola.clicks("Last ned CSV")
    message = await play.ola.sees_message("Historikk")
    _, *rows = read(message.file("historikk-2026-03-01.csv"))
    assert {row[3] for row in rows} == {"Per Nordmann"}


async def test_the_codes_come_as_a_file_without_the_codes(play: Stage) -> None:
    await play.has_code(play.kari)
    await play.has_code(play.per)
    await play.ola.types(f"{COMMAND} koder")
    await play.ola.sees_view("Organisasjonens koder")
    await play.ola.fills({"Søk": "kari"})
    await play.ola.submits()
    await play.ola.sees("1 kode")
    await play.ola.clicks("Last ned liste")
    message = await play.ola.sees_message("Organisasjonens koder")
    header, *rows = read(message.file("koder-2026-03-01.csv"))
    assert header[:5] == ["Navn", "E-post", "Skal brukes til", "Kode", "Status"]
    (row,) = rows
    kari = next(code for code in await play.codes() if code.person.first_name == "Kari")
    assert row[:5] == ["Kari Nordmann", "kari@example.org", "Nettside", f"{kari.hint}•••", "Gyldig"]
    assert row[5:] == ["2026-03-01 13:00", "2026-04-30 14:00", "", ""]


async def test_where_slack_does_not_take_it_that_is_said(play: Stage) -> None:
    await play.ola.types(f"{COMMAND} historikk")
    await play.ola.sees_view("Historikk")
    play.slack.workspace.fail("files.getUploadURLExternal", SlackError("internal_error"))
    await play.ola.clicks("Last ned CSV")
    await play.ola.sees("Jeg fikk ikke sendt filen nå")
    await play.ola.closes()
    await play.ola.clicks("Last ned CSV")
    await play.ola.sees("Filen ligger i samtalen vår")


async def test_a_bot_without_the_permission_says_who_can_mend_it(tmp_path: Path) -> None:
    """One that was installed before it was needed."""
    scopes = tuple(each for each in BOT_SCOPES if each != "files:write")
    async with stage(tmp_path, scopes=scopes, strict=False) as play:
        await play.ola.types(f"{COMMAND} historikk")
        await play.ola.sees_view("Historikk")
        await play.ola.clicks("Last ned CSV")
        await play.ola.sees("jeg mangler en tillatelse")
