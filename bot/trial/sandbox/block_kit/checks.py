"""The parts every rule is made of; each adds its complaints in Slack's words."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..records import Json


class Complaints:
    """Collects what is wrong, each with a pointer to where."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def add(self, message: str, pointer: str) -> None:
        self.messages.append(f"{message} [json-pointer:{pointer}]")


Check = Callable[[Any, str, Complaints], None]


def string(longest: int | None = None, shortest: int = 0) -> Check:
    def check(value: Any, pointer: str, complaints: Complaints) -> None:
        if not isinstance(value, str):
            complaints.add("must provide a string", pointer)
        elif len(value) < shortest:
            complaints.add(f"must be more than {shortest - 1} characters", pointer)
        elif longest is not None and len(value) > longest:
            complaints.add(f"must be less than {longest + 1} characters", pointer)

    return check


def matching(pattern: str, what: str) -> Check:
    compiled = re.compile(pattern)

    def check(value: Any, pointer: str, complaints: Complaints) -> None:
        if not isinstance(value, str):
            complaints.add("must provide a string", pointer)
        elif not compiled.fullmatch(value):
            complaints.add(f"must be a valid {what}", pointer)

    return check


def link(*schemes: str) -> Check:
    """An address that leads somewhere, of a kind that is documented for this place."""
    is_string = string(3000)

    def check(value: Any, pointer: str, complaints: Complaints) -> None:
        is_string(value, pointer, complaints)
        if isinstance(value, str) and value.partition(":")[0].lower() not in schemes:
            complaints.add("must be a valid URL", pointer)

    return check


def integer(lowest: int, highest: int) -> Check:
    def check(value: Any, pointer: str, complaints: Complaints) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            complaints.add("must provide an integer", pointer)
        elif value < lowest:
            complaints.add(f"must be greater than or equal to {lowest}", pointer)
        elif value > highest:
            complaints.add(f"must be less than or equal to {highest}", pointer)

    return check


def number(value: Any, pointer: str, complaints: Complaints) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        complaints.add("must provide a number", pointer)


def boolean(value: Any, pointer: str, complaints: Complaints) -> None:
    if not isinstance(value, bool):
        complaints.add("must provide a boolean", pointer)


def anything(value: Any, pointer: str, complaints: Complaints) -> None:
    """Structurally accepted: what it holds is not looked into."""


def one_of(*allowed: str) -> Check:
    def check(value: Any, pointer: str, complaints: Complaints) -> None:
        if not isinstance(value, str):
            complaints.add("must provide a string", pointer)
        elif value not in allowed:
            complaints.add("must be a valid enum value", pointer)

    return check


def array(item: Check, most: int | None = None, fewest: int = 0) -> Check:
    def check(value: Any, pointer: str, complaints: Complaints) -> None:
        if not isinstance(value, list):
            complaints.add("must provide an array", pointer)
            return
        if len(value) < fewest:
            complaints.add(f"must provide at least {fewest} items", pointer)
        if most is not None and len(value) > most:
            complaints.add(f"no more than {most} items allowed", pointer)
        for index, one in enumerate(value):
            item(one, f"{pointer}/{index}", complaints)

    return check


def fields(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    """An object with these fields and no others; Slack takes no `null` for one left out."""
    known = {**required, **optional}

    def check(value: Any, pointer: str, complaints: Complaints) -> None:
        if not isinstance(value, dict):
            complaints.add("must provide an object", pointer)
            return
        for name in required:
            if name not in value:
                complaints.add(f"missing required field: {name}", pointer)
        for name, given in value.items():
            if name not in known:
                complaints.add(f"invalid additional property: {name}", pointer)
            else:
                known[name](given, f"{pointer}/{name}", complaints)

    return check


def both(*checks: Check) -> Check:
    def check(value: Any, pointer: str, complaints: Complaints) -> None:
        for one in checks:
            one(value, pointer, complaints)

    return check


def by_type(kinds: Mapping[str, Check]) -> Check:
    """An object whose `type` says which rules it follows."""

    def check(value: Any, pointer: str, complaints: Complaints) -> None:
        if not isinstance(value, dict):
            complaints.add("must provide an object", pointer)
        elif "type" not in value:
            complaints.add("missing required field: type", pointer)
        elif not isinstance(value["type"], str) or value["type"] not in kinds:
            complaints.add(f"unsupported type: {value['type']}", f"{pointer}/type")
        else:
            kinds[value["type"]](value, pointer, complaints)

    return check


def objects(value: Any) -> Iterator[Json]:
    """The objects in what should be an array of them."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))
