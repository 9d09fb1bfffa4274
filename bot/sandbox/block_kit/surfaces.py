"""The places blocks stand in: modals, Home tabs and messages."""

from typing import Any


def view_problems(view: Any) -> list[str]:
    return []


def message_problems(blocks: Any) -> list[str]:
    return []
