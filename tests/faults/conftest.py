from tests.slack.conftest import http_play, play, way

__all__ = ["http_play", "play", "way"]
