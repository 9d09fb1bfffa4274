from tests.slack.conftest import http_play, play

__all__ = ["http_play", "play"]
