"""What was kept last, up to so many."""

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """Of what is kept by name, the oldest goes when there are too many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, T] = OrderedDict()

    def get(self, name: str) -> T | None:
        return self._kept.get(name)

    def keep(self, name: str, what: T) -> None:
        self._kept[name] = what
        self._kept.move_to_end(name)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def all(self) -> list[T]:
        """The oldest first."""
        return list(self._kept.values())

    def forget(self, name: str) -> None:
        self._kept.pop(name, None)
