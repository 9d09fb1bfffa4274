"""A part that the bot cannot do without has died: the bot ends, and says so."""

import asyncio
from pathlib import Path

import pytest

from bot import app
from bot.living import Died
from bot.operating.failing import in_one_sentence
from bot.trial.sandbox import Sandbox
from storage.records import Issuer
from tests.slack.stage import BOT_SCOPES, settings_for


@pytest.mark.parametrize("part", ["web_server", "dispatcher", "socket_mode"])
async def test_a_part_that_dies_ends_the_bot(
    tmp_path: Path, part: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with Sandbox(scopes=BOT_SCOPES) as slack:
        ola = slack.person("Ola", "Nordmann")
        url = f"sqlite:///{tmp_path}/bot.sqlite3"
        settings = settings_for(slack, "socket_mode", url, (ola.id,), Issuer.BOT)
        running = asyncio.create_task(app.run(settings))
        await slack.socket_mode.connected()
        (task,) = [each for each in asyncio.all_tasks() if each.get_name() == part]
        task.cancel()
        with pytest.raises(Died) as died:
            await running
    assert died.value.part == part
    assert "part_died" in caplog.messages


def test_the_operator_is_told_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, in_one_sentence():
        raise Died("web_server")
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert "web_server" in told
    assert len(told.splitlines()) == 1
