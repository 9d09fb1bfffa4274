"""`make validate`: puts every screen to Slack's own judge, `blocks.validate`, and prints what it
would refuse. For whoever has a token; nothing is sent to anybody.

The token and the address of the Web API are those of the bot's settings.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import BadSetting, read_slack
from handlers.slack_errors import SLACK_FAILED, error_name, name_of
from templates.plain import plainer
from templates.words import Words
from tests.unit.templates.screens import ALL_SCREENS, LANGUAGES, Screen

PER_MINUTE = 100
"""Slack says only that special limits hold: as for its methods that may be called most often.
Where it asks for more time, it gets it."""

TRIES = 5
REFUSED = ("invalid_blocks", "invalid_message", "invalid_view")

Asked = tuple[str, dict[str, str]]
"""The name of a screen, and what is put to Slack for it."""


@dataclass(frozen=True, slots=True)
class Refused:
    screen: str
    reasons: tuple[str, ...]


def questions(languages: Iterable[Words], screens: Sequence[Screen]) -> Iterator[Asked]:
    """One for each screen that looks like no other: views whole, of messages the blocks, and how
    they are put more plainly where Slack does not take them."""
    asked: set[str] = set()
    for words, screen in product(languages, screens):
        for name, question in _questions_of(screen, words):
            given = json.dumps(question)
            if given not in asked:
                asked.add(given)
                yield name, question


def _questions_of(screen: Screen, words: Words) -> Iterator[Asked]:
    message = screen.message(words)
    if message is None:
        yield screen.name, {"view": json.dumps(screen.seen(words).view)}
        return
    yield screen.name, {"blocks": json.dumps(message.blocks)}
    plain, _ = plainer(words, message)
    yield f"{screen.name}, put plainly", {"blocks": json.dumps(plain.blocks)}


async def refused(
    client: AsyncWebClient, asked: Iterable[Asked], pause: float
) -> AsyncIterator[Refused]:
    """Those that Slack would not take; `pause` is in seconds.

    Raises:
        SlackApiError, and those of `slack_errors.NETWORK`: Slack does not judge.
    """
    for name, question in asked:
        try:
            await client.api_call("blocks.validate", data=question)
        except SlackApiError as error:
            if error_name(error) not in REFUSED:
                raise
            yield Refused(name, tuple(map(_reason, error.response.get("errors") or ())))
        await asyncio.sleep(pause)


def _reason(error: Any) -> str:
    if not isinstance(error, dict):
        return str(error)
    return f"{error.get('message', error.get('code'))} [{error.get('pointer', '')}]"


async def judge(screens: Sequence[Screen], per_minute: float) -> int:
    """Prints what Slack would not take, as it says so; how many they are.

    Raises:
        BadSetting: there is no token.
        SlackApiError, and those of `slack_errors.NETWORK`: Slack does not judge.
    """
    token, address = read_slack()
    asked = list(questions(map(Words.of, LANGUAGES), screens))
    print(f"{len(asked)} screens, in some {len(asked) / per_minute:.0f} minutes", flush=True)
    found = 0
    async with aiohttp.ClientSession() as session:
        waits = AsyncRateLimitErrorRetryHandler(max_retry_count=TRIES)
        client = AsyncWebClient(token, base_url=address, session=session, retry_handlers=[waits])
        async for each in refused(client, asked, 60 / per_minute):
            found += 1
            print(f"REFUSED {each.screen}", *each.reasons, sep="\n  ", flush=True)
    print(f"{found} refused")
    return found


def main(arguments: list[str] | None = None, screens: Iterable[Screen] = ALL_SCREENS) -> int:
    """0: Slack takes them all; 1: not all; 2: it has not judged them."""
    chosen = _parser().parse_args(arguments)
    some = [screen for screen in screens if chosen.only in screen.name]
    try:
        return 1 if asyncio.run(judge(some, chosen.per_minute)) else 0
    except BadSetting as problem:
        print(problem, file=sys.stderr)
    except SLACK_FAILED as error:
        print(f"Slack does not judge: {name_of(error)}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.validate", description=__doc__)
    parser.add_argument("--only", default="", help="screens whose name holds this")
    parser.add_argument("--per-minute", type=float, default=PER_MINUTE, help="calls of Slack's")
    return parser


if __name__ == "__main__":
    sys.exit(main())
