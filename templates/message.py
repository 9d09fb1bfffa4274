"""A message as it is sent: blocks, and the text that notifications and screen readers use."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from slack_sdk.models.blocks import Block

MOST_BLOCKS_SAID = 50
"""Slack takes no more in a message."""


class Message(Struct, frozen=True):
    text: str
    blocks: list[dict[str, Any]]

    @classmethod
    def of(cls, text: str, blocks: Sequence[Block]) -> "Message":
        return cls(text, [block.to_dict() for block in blocks])
