from tests.slack.conftest import http_play

__all__ = ["http_play"]
