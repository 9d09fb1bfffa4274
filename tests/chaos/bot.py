"""`python -m bot run`, on a machine whose clock is moved: what `run` begins."""

from bot.operating.failing import in_one_sentence
from bot.operating.running import run
from tests.chaos.world_clock import bots_clock

if __name__ == "__main__":
    with in_one_sentence():
        run(bots_clock)
