"""Views, messages and blocks checked as Slack documents them."""

from .surfaces import message_problems, view_problems

__all__ = ["message_problems", "view_problems"]
