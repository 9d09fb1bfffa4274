"""What answers partners, as fast as they ask and whatever they guess: `python -m
tests.bench.without_limits api`.

A miss is counted and kept as ever, and forgotten at once: so nobody is shut out.
"""

from datetime import timedelta

from bot.__main__ import main
from bot.api import gate
from bot.api.gate import Gate, Pace
from storage import guessing

WITHOUT_END = Pace(1_000_000_000, 1e9)

if __name__ == "__main__":
    Gate.__init__.__kwdefaults__.update(key_pace=WITHOUT_END, address_pace=WITHOUT_END)  # type: ignore[union-attr]
    gate.WINDOW = guessing.WINDOW = timedelta(0)  # type: ignore[attr-defined]
    main()
