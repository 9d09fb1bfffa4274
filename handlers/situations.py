"""From what the ledger knows to what people's texts are made from."""

from datetime import datetime

from storage.members import Member
from storage.standing import Standing
from templates.situation import Situation


def situation(standing: Standing, now: datetime, reader: Member | str | None) -> Situation:
    """Without a reader it is for everybody to read; a `Member`'s own things have been looked up."""
    member, user_id = (reader, reader.user_id) if isinstance(reader, Member) else (None, reader)
    organisation, holders = standing.organisation, standing.holders
    return Situation(organisation, holders, now, user_id, member, standing.deputies)
