"""Who somebody is: what a list shows beside a member id. On the terminal alone, in no log."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from bot import settings
from bot.operating.arguments import MEMBERS
from bot.operating.listing import Row, in_short
from bot.operating.opening import Seen
from bot.words import _
from storage.database import utc_now
from storage.records import BOT, OPERATOR, SETTINGS

ASK_SECONDS = 3.0
"""How long Slack is waited for. A list can do without."""

MOST_ASKED = 20
"""Of whom Slack is asked for one list."""


def named(rows: Sequence[Row], seen: Sequence[Seen[Any]], **names: str) -> list[Row]:
    """The rows, each with names beside ids: `asked_by="asked_by_name"` has the second tell what the
    member is called whose id the first is."""
    user_ids = {str(row[key]) for row in rows for key in names if row[key]}
    known = _names_of(user_ids, seen)
    return [row | {name: known.get(str(row[key])) for key, name in names.items()} for row in rows]


def who(key: str) -> Callable[[Row], str]:
    """What a column tells of a member whose name stands beside the id, as "Ola Nordmann (UOLA)";
    of who is nobody in Slack, what they are."""
    others = {BOT: _("boten"), OPERATOR: _("operatøren"), SETTINGS: _("innstillingene")}

    def told(row: Row) -> str:
        user_id, name = row[key], row[f"{key}_name"]
        return f"{name} ({user_id})" if name else others.get(user_id, in_short(user_id))

    return told


def _names_of(user_ids: set[str], seen: Sequence[Seen[Any]]) -> dict[str, str]:
    """As the ledger knows them, and else as Slack does, where it answers."""
    known = {user_id: name for each in seen for user_id, name in each.names.items()}
    unknown = sorted(each for each in user_ids if each[0] in MEMBERS and each not in known)
    return known | (asyncio.run(_asked(unknown[:MOST_ASKED])) if unknown else {})


async def _asked(user_ids: Sequence[str]) -> dict[str, str]:
    # To load them takes longer than most lists do, which name nobody unknown.
    from bot.operating.examining.slack import slack_client
    from handlers.directory import Directory, Profile

    try:
        token, url = settings.read_slack()
    except settings.BadSetting:
        return {}
    async with slack_client(token, url) as client:
        directory = Directory(client, client, "", utc_now)
        told = (directory.profile_within(user_id, ASK_SECONDS) for user_id in user_ids)
        # Whatever answers in Slack's place, the list is shown.
        answers = await asyncio.gather(*told, return_exceptions=True)
    profiles = [each for each in answers if isinstance(each, Profile)]
    return {each.user_id: each.name for each in profiles if each.name}
