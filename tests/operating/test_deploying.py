"""The files to deploy by: what reads them takes them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.app import STOP_SECONDS
from bot.operating.signpost import SLACK_PATH
from bot.settings import LONGEST_LEAVING

FILES = Path(__file__).parents[2] / "bot" / "operating" / "deploying"
UNIT, CADDY, NGINX = (
    FILES / name for name in ("godkjenningsbot.service", "Caddyfile", "nginx.conf")
)


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not here")


def run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@needs("systemd-analyze")
def test_systemd_takes_the_unit_and_finds_little_that_it_may(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8")
    unit.write_text(text.replace("/opt/godkjenningsbot/bin/godkjenningsbot", "/bin/true"))
    assert run("systemd-analyze", "verify", str(unit)) == ""
    told = run("systemd-analyze", "security", "--offline=true", str(unit))
    (exposure,) = re.findall(r"exposure level for \S+: ([0-9.]+)", told)
    assert float(exposure) < 2.5


def test_systemd_waits_until_it_has_ended() -> None:
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", UNIT.read_text(encoding="utf-8"), re.M)
    assert int(seconds) > LONGEST_LEAVING + STOP_SECONDS


@needs("caddy")
def test_caddy_takes_its_file() -> None:
    run("caddy", "validate", "--config", str(CADDY), "--adapter", "caddyfile")
    assert run("caddy", "fmt", "--diff", str(CADDY)).count("\n- ") == 0


@needs("nginx")
@needs("openssl")
def test_nginx_takes_its_file(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ("-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=bot.example.org")
    run("openssl", "req", "-x509", *made, "-keyout", str(key), "-out", str(certificate))
    text = NGINX.read_text(encoding="utf-8")
    text = text.replace("/etc/ssl/bot.example.org.pem", str(certificate))
    text = text.replace("/etc/ssl/private/bot.example.org.key", str(key))
    (tmp_path / "site.conf").write_text(text)
    whole = tmp_path / "nginx.conf"
    pid = tmp_path / "pid"
    whole.write_text(f"pid {pid}; events {{}} http {{ include {tmp_path}/site.conf; }}")
    run("nginx", "-t", "-c", str(whole))


@pytest.mark.parametrize("path", [CADDY, NGINX], ids=lambda path: path.name)
def test_the_proxy_keeps_to_itself_how_the_bot_is(path: Path) -> None:
    """And takes nothing away from what Slack sends."""
    text = path.read_text(encoding="utf-8")
    for inside in ("/readyz", "/healthz"):
        assert inside in text
    assert SLACK_PATH not in text
