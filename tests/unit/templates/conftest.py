import pytest

from templates.words import Words


@pytest.fixture
def words() -> Words:
    return Words.of("nb")
