"""Who decides, as far as it is known without a look."""

from handlers.holders import KEPT_SECONDS, Holders
from tests.unit.handlers.watch import Watch

OLA = frozenset({"UOLA"})


def test_nothing_is_known_before_it_was_looked_up() -> None:
    assert Holders().known() is None


def test_what_was_looked_up_is_known_for_a_while() -> None:
    watch = Watch()
    holders = Holders(watch)
    holders.keep(OLA)
    watch.now = KEPT_SECONDS / 2
    assert holders.known() == OLA
    watch.now = KEPT_SECONDS
    assert holders.known() is None


def test_that_there_is_nobody_is_known_too() -> None:
    holders = Holders(Watch())
    holders.keep(frozenset())
    assert holders.known() == frozenset()


def test_what_may_have_changed_is_looked_up_anew() -> None:
    holders = Holders(Watch())
    holders.keep(OLA)
    holders.forget()
    assert holders.known() is None
