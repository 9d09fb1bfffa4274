"""What the ledger has of a workspace: of each organisation in it, of which there may be several."""

from collections.abc import AsyncIterator

from storage.desk import Desk, Ledger
from storage.organisations import of_team


async def each_desk(ledger: Ledger, team_id: str) -> AsyncIterator[Desk]:
    """One after the other, to look at; none before an organisation is registered."""
    async with ledger.database.reading() as reading:
        there = await of_team(reading, team_id)
    for organisation in there:
        async with ledger.looking_at(organisation.id) as desk:
            yield desk
