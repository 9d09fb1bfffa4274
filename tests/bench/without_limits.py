"""What answers partners, as fast as they ask: `python -m tests.bench.without_limits api`."""

from bot.__main__ import main
from bot.api.gate import Gate, Pace

WITHOUT_END = Pace(1_000_000_000, 1e9)

if __name__ == "__main__":
    Gate.__init__.__kwdefaults__.update(key_pace=WITHOUT_END, address_pace=WITHOUT_END)  # type: ignore[union-attr]
    main()
