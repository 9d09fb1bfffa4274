"""Rules between the options of an element and what is chosen in it at first."""

from typing import Any

from .checks import Complaints, objects


def exactly_one_source(value: Any, pointer: str, complaints: Complaints) -> None:
    """Options come in a list or in groups: one of the two, never both."""
    given = [name for name in ("options", "option_groups") if value.get(name) is not None]
    if len(given) != 1:
        complaints.add("must define either `options` or `option_groups`", pointer)


def initial_among_options(value: Any, pointer: str, complaints: Complaints) -> None:
    offered = [*objects(value.get("options"))]
    for group in objects(value.get("option_groups")):
        offered += objects(group.get("options"))
    known = [_essence(option) for option in offered]
    for name, chosen in _initial(value):
        if _essence(chosen) not in known:
            complaints.add(f"`{name}` must be one of the provided options", f"{pointer}/{name}")


def _initial(value: Any) -> list[tuple[str, Any]]:
    one = value.get("initial_option")
    found = [("initial_option", one)] if isinstance(one, dict) else []
    return found + [("initial_options", o) for o in objects(value.get("initial_options"))]


def _essence(option: Any) -> tuple[Any, ...]:
    """What has to match exactly: value, text and description, but not how emoji are sent."""
    parts = []
    for name in ("text", "description"):
        text = option.get(name)
        parts.append((text.get("type"), text.get("text")) if isinstance(text, dict) else None)
    return (option.get("value"), *parts)


def least_not_above_most(value: Any, pointer: str, complaints: Complaints) -> None:
    for least, most in (("min_length", "max_length"), ("min_value", "max_value")):
        low, high = _number(value.get(least)), _number(value.get(most))
        if low is not None and high is not None and low > high:
            complaints.add(f"`{least}` must not be greater than `{most}`", pointer)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
