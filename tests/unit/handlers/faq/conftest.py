import pytest

from handlers.faq import learning
from handlers.faq.matcher import Matcher


@pytest.fixture(scope="session")
def matcher() -> Matcher:
    return learning.matcher()
