"""Where something is said, and who reads there."""


def is_public(channel: str | None) -> bool:
    """Whether others than the asker read there."""
    return bool(channel) and not str(channel).startswith("D")
