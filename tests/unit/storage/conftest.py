import pytest

from storage.database import Database
from tests.unit.storage.cast import Ledger


@pytest.fixture
async def ledger(database: Database) -> Ledger:
    return await Ledger.begin(database)
