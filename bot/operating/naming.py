"""Who somebody is: what a list shows beside a member id. On the terminal alone, in no log."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from bot import settings
from bot.operating.examining.slack import slack_client
from bot.operating.opening import Seen
from bot.words import _
from handlers.directory import Directory, Profile
from storage.database import utc_now
from storage.records import BOT, OPERATOR, SETTINGS

ASK_SECONDS = 3.0
"""How long Slack is waited for. A list can do without."""

MOST_ASKED = 20
"""Of whom Slack is asked for one list."""


def names_of(user_ids: Iterable[str | None], seen: Sequence[Seen[object]]) -> dict[str, str]:
    """As the ledger knows them, and else as Slack does, where it answers."""
    known = {user_id: name for each in seen for user_id, name in each.names.items()}
    unknown = sorted({each for each in user_ids if each and each[0] in "UW" and each not in known})
    return known | (asyncio.run(_asked(unknown[:MOST_ASKED])) if unknown else {})


async def _asked(user_ids: Sequence[str]) -> dict[str, str]:
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


def called(user_id: str | None, names: Mapping[str, str]) -> str:
    """As "Ola Nordmann (UOLA)"; who is nobody in Slack by what they are."""
    others = {BOT: _("boten"), OPERATOR: _("operatøren"), SETTINGS: _("innstillingene")}
    if not user_id:
        return ""
    if user_id in names:
        return f"{names[user_id]} ({user_id})"
    return others.get(user_id, user_id)
