"""Where the web server listens, and which setting is wrong when it cannot."""

import socket

import pytest

from bot.operating.web import listen
from bot.settings import BadSetting


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-name.invalid"])
def test_an_address_that_is_not_this_machines_is_a_wrong_host(host: str) -> None:
    with pytest.raises(BadSetting, match="HOST: "):
        listen(host, 0)


def test_a_port_that_is_taken_is_a_wrong_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(BadSetting, match="PORT: "):
        listen("127.0.0.1", taken.getsockname()[1])


def test_the_settings_that_are_blamed_are_those_of_what_was_to_listen() -> None:
    with pytest.raises(BadSetting, match=r"^METRICS_HOST: "):
        listen("192.0.2.1", 0, "metrics")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadSetting, match=r"^METRICS_PORT: "):
            listen("127.0.0.1", port, "metrics")
