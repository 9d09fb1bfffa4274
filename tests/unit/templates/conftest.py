from collections.abc import Iterator
from functools import cache

import pytest
from slack_sdk.models.basic_objects import JsonObject

from templates.words import Words


@pytest.fixture
def words() -> Words:
    return Words.of("nb")


@cache
def _validators(kind: type[JsonObject]) -> list[str]:
    return [name for name in dir(kind) if hasattr(getattr(kind, name), "validator")]


def _validate(self: JsonObject) -> None:
    for name in _validators(type(self)):
        getattr(self, name)()


@pytest.fixture(scope="session", autouse=True)
def validators_are_looked_for_once() -> Iterator[None]:
    """slack-sdk validates each of some half a million objects of all screens, and looks for its
    validators in each anew, which takes as long as all else. Here it looks once in each class, and
    validates as much."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JsonObject, "validate_json", _validate)
        yield
