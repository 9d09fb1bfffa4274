import pytest

from storage.database import Database
from tests.unit.storage.cast import Office


@pytest.fixture
async def office(database: Database) -> Office:
    return await Office.begin(database)
