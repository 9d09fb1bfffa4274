"""What was done and what went wrong, counted."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Figures:
    deeds: Counter[str] = field(default_factory=Counter)
    """What people did, by kind."""

    in_vain: Counter[str] = field(default_factory=Counter)
    """What they gave up: the screen did not come, or something said no."""

    troubles: Counter[str] = field(default_factory=Counter)
    skipped: dict[str, str] = field(default_factory=dict)
    """Troubles that cannot be made on this machine, and why."""
