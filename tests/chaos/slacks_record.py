"""What Slack wrote down of a run: all that was said, asked, sent and found out."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.trial.sandbox import Sandbox
from bot.trial.sandbox.records import Acknowledgement, ApiCall, Json, PostedMessage
from tests.chaos.checking.evidence import Asked, Said, Sent

FORMS = ("request_form", "make_form", "approve_request", "decline_request")


# What the bot said


def of_the_bot(slack: Sandbox) -> Iterator[PostedMessage]:
    for channel in slack.workspace.channels.values():
        for message in channel.messages:
            if message.bot_id:
                yield message


def said(slack: Sandbox) -> Iterator[Said]:
    """Every message that Slack has taken, whether or not the bot heard that it had."""
    standing = {(message.channel_id, message.ts): message for message in of_the_bot(slack)}
    to = {slack.workspace.direct_messages(user).id: user for user in _people(slack)}
    posted = [
        call
        for call in slack.workspace.calls
        if call.method == "chat.postMessage" and call.answer.get("ok")
    ]
    begun = defaultdict[str, list[datetime]](list)
    for call in posted:
        begun[_notice(call)].append(call.at)
    for call in posted:
        channel, ts = str(call.answer["channel"]), call.answer["ts"]
        one = _one_said(call, to.get(channel, channel), standing.get((channel, ts)))
        ended = call.at + timedelta(seconds=call.elapsed)
        again = one.notice and any(call.at < at < ended for at in begun[one.notice])
        yield replace(one, is_overtaken=bool(again))


def _people(slack: Sandbox) -> list[str]:
    return [user.id for user in slack.workspace.users.values() if not user.is_bot]


def _blocks(call: ApiCall) -> list[Json]:
    blocks = call.body.get("blocks") or []
    found: list[Json] = json.loads(blocks) if isinstance(blocks, str) else blocks
    return found


def _notice(call: ApiCall) -> str:
    blocks = _blocks(call)
    return str(blocks[0].get("block_id", "")) if blocks else ""


def _one_said(call: ApiCall, to: str, now: PostedMessage | None) -> Said:
    blocks = _blocks(call)
    return Said(
        to=to,
        at=call.at,
        title=str(call.body["text"]),
        text=" ".join([str(call.body["text"]), *_words(blocks)]),
        notice=_notice(call),
        buttons=dict(_buttons(blocks)),
        text_now=" ".join([now.text, *_words(now.blocks)]) if now else "",
        buttons_now=frozenset(dict(_buttons(now.blocks))) if now else frozenset(),
        is_taken_away=now is None,
        thread=str(call.body.get("thread_ts") or ""),
    )


def _words(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node["text"]
        for child in node.values():
            yield from _words(child)
    elif isinstance(node, list):
        for child in node:
            yield from _words(child)


def _buttons(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        if node.get("type") == "button":
            yield str(node.get("action_id", "")), str(node.get("value", ""))
        for child in node.values():
            yield from _buttons(child)
    elif isinstance(node, list):
        for child in node:
            yield from _buttons(child)


def failed_posts(calls: Iterable[ApiCall]) -> frozenset[str]:
    posts = (call for call in calls if call.method == "chat.postMessage" and call.outcome != "ok")
    return frozenset(str(call.body.get("thread_ts") or "") for call in posts) - {""}


# What people said and sent


def asked(slack: Sandbox, retries: Sequence[float]) -> Iterator[Asked]:
    attempts: dict[str, list[Acknowledgement]] = defaultdict(list)
    for each in slack.workspace.acknowledgements:
        if each.kind == "event" and _is_asking(each.payload["event"]):
            attempts[each.payload["event_id"]].append(each)
    for tried in attempts.values():
        yield _one_asked(slack, tried, len(retries))


def _is_asking(event: Json) -> bool:
    is_written = event["type"] in ("message", "app_mention") and "subtype" not in event
    return is_written and not event.get("bot_id")


def _one_asked(slack: Sandbox, tried: list[Acknowledgement], retries: int) -> Asked:
    event, last = tried[0].payload["event"], tried[-1]
    is_taken = any(each.outcome == "acknowledged" for each in tried)
    is_private = event["channel"].startswith("D")
    return Asked(
        by=event["user"],
        text=event["text"].replace(slack.mention, "").strip(),
        place="" if is_private else event["channel"],
        ts=event["ts"],
        at=last.at,
        is_taken=is_taken,
        is_given_up=not is_taken and last.retry == retries,
        was_refused_last=not is_taken and last.status == 503,
    )


def sent(acknowledgements: Iterable[Acknowledgement]) -> Iterator[Sent]:
    for each in acknowledgements:
        view = each.payload.get("view") or {}
        form = str(view.get("callback_id"))
        is_form = each.payload.get("type") == "view_submission" and form in FORMS
        is_taken = each.outcome == "acknowledged" and not _is_asked_again(each.body, form)
        if is_form and is_taken:
            yield _one_sent(form, each.payload["user"]["id"], view)


def _is_asked_again(body: Any, form: str) -> bool:
    """Something is wrong with it, or a colleague has said something that is to be read first."""
    answer = json.loads(body) if body else {}
    is_same = answer.get("view", {}).get("callback_id") == form
    return answer.get("response_action") == "errors" or is_same


def _one_sent(form: str, by: str, view: Json) -> Sent:
    if form in ("request_form", "make_form"):
        purpose = view["state"]["values"]["purpose"]["purpose"]["value"]
        return Sent(form, by, matter=purpose)
    return Sent(form, by, request_id=view["private_metadata"].partition(":")[0])


# Who is gone


def known_gone(slack: Sandbox) -> dict[str, datetime]:
    """Since when the bot knows: it has acknowledged the event, or was told when it asked."""
    known: dict[str, datetime] = {}
    for user_id, at in sorted([*_told_of(slack), *_found_out(slack)], key=lambda each: each[1]):
        known.setdefault(user_id, at)
    return known


def _told_of(slack: Sandbox) -> Iterator[tuple[str, datetime]]:
    for each in slack.workspace.acknowledgements:
        event = each.payload.get("event") or {}
        is_taken = event.get("type") == "user_change" and each.outcome == "acknowledged"
        if is_taken and event["user"].get("deleted"):
            yield event["user"]["id"], each.at


def _found_out(slack: Sandbox) -> Iterator[tuple[str, datetime]]:
    for call in slack.workspace.calls:
        user = call.answer.get("user") if call.method == "users.info" else None
        if isinstance(user, dict) and user.get("deleted") and call.outcome == "ok":
            yield user["id"], call.at
