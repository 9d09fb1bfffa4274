"""A code is on one person's screen, in a modal, and nowhere else at all."""

import json
import logging
import os
import re
from base64 import b64encode
from pathlib import Path

import pytest

from bot import logs
from bot.trial.sandbox import Human, Sandbox, ServerError
from storage import webhooks
from storage.keys import CODE_FORMAT
from storage.partner_keys import hint, new_partner_key
from storage.records import Action
from tests.faults.process import bot_process
from tests.slack.stage import BOT_SCOPES, COMMAND, FORM, Stage

PERSONAL = ("Kari", "Nordmann", "kari@example.org", "Nettside", "hemmelig melding")


def code_on_screen(text: str) -> str:
    found = re.search(CODE_FORMAT.pattern.replace("[A-Za-z0-9]+", "RodeKors"), text)
    assert found, text
    return found.group()


async def everything(play: Stage) -> set[str]:
    """Ask, approve, show, refresh, show, revoke; every code that was on a screen."""
    await play.has_code(play.kari)
    await play.kari.clicks("Vis koden")
    shown = {code_on_screen((await play.kari.sees_view("Godkjenningskoden")).text())}
    await play.kari.closes()
    await play.ola.types(f"{COMMAND} koder")
    await play.ola.sees_view("Organisasjonens koder")
    await play.ola.clicks("Oppdater koden")
    await play.ola.sees("Erstattet")
    await play.ola.clicks("Vis koden")
    shown.add(code_on_screen((await play.ola.sees_view("Godkjenningskoden")).text()))
    await play.ola.closes()
    await play.ola.clicks("Trekk tilbake")
    await play.ola.sees("Trukket tilbake")
    return shown


async def test_no_code_in_any_call_but_the_modal_that_shows_it(http_play: Stage) -> None:
    shown = await everything(http_play)
    assert len(shown) == 2
    for call in http_play.slack.workspace.calls:
        text = json.dumps(call.body, ensure_ascii=False)
        if any(code in text for code in shown):
            assert call.method in ("views.open", "views.push")
            assert "Godkjenningskoden" in text
    for acknowledgement in http_play.slack.workspace.acknowledgements:
        assert not any(code.encode() in acknowledgement.body for code in shown)


def contents(folder: Path, pattern: str) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob(pattern))


async def test_no_code_in_the_database_files(http_play: Stage, tmp_path: Path) -> None:
    shown = await everything(http_play)
    held = contents(tmp_path, "bot.sqlite3*")
    assert b"kari@example.org" in held
    for code in shown:
        assert code.encode() not in held
        assert code.split("@")[0].encode() not in held


async def test_each_showing_is_in_the_audit(http_play: Stage) -> None:
    await everything(http_play)
    shown = [row for row in await http_play.history() if row["action"] is Action.CODE_SHOWN]
    assert {row["actor"] for row in shown} == {http_play.kari.id, http_play.ola.id}


async def test_no_log_line_at_any_level_holds_a_code_or_a_person(
    http_play: Stage, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every logger there is, turned up to the full, with the bot's own way of writing."""
    logs.configure("json")
    try:
        logging.getLogger().setLevel(logging.DEBUG)
        shown = await everything(http_play)
        http_play.slack.workspace.fail("views.open", ServerError(), times=3)
        await http_play.kari.types(COMMAND)
        await http_play.kari.sees("prøv")
    finally:
        logging.getLogger().handlers.clear()
        logging.getLogger().setLevel(logging.WARNING)
    http_play.slack.workspace.violations.clear()
    written = capfd.readouterr()
    text = written.out + written.err
    assert "could_not_show" in text
    for secret in (*shown, *PERSONAL):
        assert secret not in text, secret


async def test_what_is_asked_reaches_no_log_and_a_written_code_no_file(
    http_play: Stage, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    written, question = "zz99yy88@RodeKors", "Hvem har nøkkelen til hytta?"
    logs.configure("json")
    try:
        logging.getLogger().setLevel(logging.DEBUG)
        per = http_play.per
        await per.says(f"er {written} min? ring 99 88 77 66 eller skriv til per@eksempel.no")
        await per.sees_message("Du skrev en godkjenningskode")
        await per.types(f"{COMMAND} når går {written} ut?")
        await per.says(question)
        refused = await per.sees_message("Det kan jeg ikke svare på")
        await per.clicks("Spør kontoholder", where=refused)
        await per.sees_view("Spør kontoholder")
        await per.submits()
        await http_play.ola.sees_message(question)
        await per.closes()
        await per.says("hvor mange koder kan jeg ha?")
        await per.clicks("👎", where=await per.sees_message("ingen grense"))
        await per.sees_message("Takk for at du sier fra")
    finally:
        logging.getLogger().handlers.clear()
        logging.getLogger().setLevel(logging.WARNING)
    told = capfd.readouterr()
    for secret in (written, "zz99yy88", question, "99 88 77 66", "per@eksempel.no", "nøkkelen"):
        assert secret not in told.out + told.err, secret
    held = contents(tmp_path, "bot.sqlite3*")
    assert question.encode() in held, "what was sent on is there"
    for secret in ("zz99yy88", "99 88 77 66", "per@eksempel.no"):
        assert secret.encode() not in held, secret


async def test_a_process_writes_no_code_and_no_person(tmp_path: Path) -> None:
    async with Sandbox(scopes=BOT_SCOPES, retry_delays=(0, 0, 0)) as slack:
        kari = slack.person("Kari", "Nordmann", email="kari@example.org")
        ola = slack.person("Ola", "Hansen", email="ola@example.org")
        async with bot_process(slack, tmp_path, [ola]) as bot:
            port = await bot.start()
            await slack.connect_http(f"http://127.0.0.1:{port}/slack/events")
            await ask_and_approve(kari, ola)
            await kari.clicks("Vis koden")
            code = code_on_screen((await kari.sees_view("Godkjenningskoden")).text())
            assert await bot.terminate() == 0
            secrets = [code, *PERSONAL, slack.bot_token, slack.signing_secret]
            for secret in [*secrets, bot.environment["SECRET_KEY"]]:
                assert secret.encode() not in bot.written


async def ask_and_approve(kari: Human, ola: Human) -> None:
    await kari.types(COMMAND)
    await kari.sees("Fornavn")
    await kari.fills(FORM)
    assert (await kari.submits()).closed
    await ola.sees("ber om")
    await ola.clicks("Godkjenn")
    await ola.sees_view("Godkjenn forespørsel")
    await ola.fills({"Representasjonsmyndighet": True})
    assert (await ola.submits()).closed
    await kari.sees("Koden din er klar")


def test_a_library_that_logs_what_it_should_not_is_struck_out(
    capfd: pytest.CaptureFixture[str],
) -> None:
    logs.configure("json")
    try:
        logging.getLogger("some.library").error("code %s for %s", "123a4567@MyNGO", "Kari")
        ours = logging.getLogger("bot.anything")
        ours.info("odd", extra={"value": "123a4567@MyNGO and kari@example.org"})
        error = ValueError("kari@example.org 123a4567@MyNGO")
        ours.error("failed", exc_info=error)
    finally:
        logging.getLogger().handlers.clear()
    written = capfd.readouterr().err
    assert "some.library" in written
    assert "ValueError" in written
    for secret in ("123a4567", "kari", "Kari"):
        assert secret not in written


@pytest.mark.parametrize("form", ["json", "console"])
def test_keys_and_secrets_of_partners_are_struck_out_wherever_they_stand(
    form: str, capfd: pytest.CaptureFixture[str]
) -> None:
    secrets = [new_partner_key(is_test=is_test) for is_test in (False, True)]
    secrets += [f"{webhooks.PREFIX}{b64encode(os.urandom(32)).decode()}" for _ in range(9)]
    hints = [hint(key) for key in secrets[:2]]
    logs.configure(form)
    try:
        ours = logging.getLogger("bot.anything")
        for secret in secrets:
            ours.warning("odd", extra={"value": f"Bearer {secret}", "url": f"/?key={secret}&a=1"})
            ours.warning(secret)
        ours.warning("cut", extra={"value": [secret[:-9] for secret in secrets]})
        ours.warning("told_apart", extra={"keys": hints})
    finally:
        logging.getLogger().handlers.clear()
    written = capfd.readouterr().err
    assert written.count("[…]") == 4 * len(secrets)
    for secret in secrets:
        for part in (secret[12:-9], secret[-9:]):
            assert part not in written
    for each in hints:
        assert each in written
