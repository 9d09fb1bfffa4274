"""Malformed requests: what Slack sends, changed at random in its values, its bytes and its head.
The same for the same seed."""

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from bot.trial.sandbox.http_delivery import encoded, signed_headers
from bot.trial.sandbox.transport import Kind

Sample = tuple[Kind, dict[str, Any]]


def nested(depth: int) -> list[Any]:
    inner: list[Any] = []
    for _ in range(depth):
        inner = [inner]
    return inner


ODD: list[Any] = [
    None, True, False, 0, -1, 1.5, 1e308, 10**40, "", " ", "0", "-1", "null", "{}", "[]", "æøå",
    "😀" * 50, "x" * 5_000, "9" * 30, "\x00", "\n\r\t", "\ud83d", "\u202e", "%00", "../..",
    "<!channel>", "T0OTHER", "U0NOBODY", [], {}, [[]], [None], {"": None}, {"id": None},
    {"value": []}, ["x"] * 300, {str(n): n for n in range(300)}, nested(50),
]  # fmt: skip


@dataclass(frozen=True)
class Request:
    """As it goes over the wire."""

    raw: bytes
    is_whole: bool
    """Whether it comes to an end, so that there is an answer to wait for."""


@dataclass(frozen=True)
class _Draft:
    method: bytes
    path: bytes
    version: bytes
    lines: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def raw(self) -> bytes:
        lines = b"".join(b"%b: %b\r\n" % line for line in self.lines)
        start = b"%b %b %b\r\n" % (self.method, self.path, self.version)
        return start + lines + b"\r\n" + self.body


class Malformed:
    """An endless row of them."""

    def __init__(
        self,
        seed: int,
        samples: Sequence[Sample],
        signing_secret: str,
        new_trigger: Callable[[], str],
    ) -> None:
        """Made of `samples`; `new_trigger` is what lets the bot open a view once."""
        self._random = Random(seed)
        self._new_trigger = new_trigger
        self._samples = samples
        self._secret = signing_secret

    def __iter__(self) -> Iterator[Request]:
        while True:
            yield self._next()

    def _next(self) -> Request:
        draft = self._drafted(*self._random.choice(self._samples))
        for change in self._random.choices(_OF_THE_HEAD, k=self._random.choice((0, 0, 0, 1))):
            draft = change(self._random, draft)
        raw = draft.raw()
        is_whole = self._random.random() > 0.05
        return Request(raw if is_whole else raw[: self._random.randrange(len(raw))], is_whole)

    def _drafted(self, kind: Kind, payload: dict[str, Any]) -> _Draft:
        changed = copy.deepcopy(payload)
        self._make_new(changed)
        for _ in range(self._random.choice((0, 1, 1, 2, 5))):
            self._change_value(changed)
        content_type, body = self._encoded(kind, changed)
        if self._random.random() < 0.3:
            body = self._random.choice(_OF_THE_BODY)(self._random, body)
        return self._addressed(content_type, body)

    def _make_new(self, payload: dict[str, Any]) -> None:
        """What has come before would be known by its id, and go no further."""
        number = self._random.randrange(10**12)
        if "event_id" in payload:
            payload["event_id"] = f"Ev{number}"
        if "view" in payload:
            payload["view"]["id"] = f"V{number}"
        if "trigger_id" in payload:
            payload["trigger_id"] = self._new_trigger()

    def _encoded(self, kind: Kind, payload: dict[str, Any]) -> tuple[str, bytes]:
        try:
            return encoded(kind, payload)
        except UnicodeEncodeError:  # half a character, which JSON alone can write
            return "application/json", json.dumps(payload).encode()

    def _addressed(self, content_type: str, body: bytes) -> _Draft:
        secret = self._secret if self._random.random() < 0.8 else "en annens"
        headers = signed_headers(secret, content_type, body)
        if self._random.random() < 0.1:
            headers["X-Slack-Retry-Num"] = self._random.choice(("1", "3", "-1", "x", "9" * 99))
        lines = {"Host": "bot", "Content-Length": str(len(body)), **headers}
        encoded_lines = tuple((name.encode(), text.encode()) for name, text in lines.items())
        return _Draft(b"POST", b"/slack/events", b"HTTP/1.1", encoded_lines, body)

    def _change_value(self, payload: dict[str, Any]) -> None:
        """One value somewhere in it, at whatever depth."""
        places = list(_places(payload))
        if not places:
            return
        holder, key = self._random.choice(places)
        match self._random.randrange(5):
            case 0:
                del holder[key]
            case 1:
                holder[key] = [holder[key]]
            case 2 if isinstance(holder, dict):
                holder[f"{key}x"] = holder.pop(key)
            case _:
                holder[key] = copy.deepcopy(self._random.choice(ODD))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Where in it each value stands."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield value, key
        if isinstance(inner, dict | list):
            yield from _places(inner)


def _cut(random: Random, body: bytes) -> bytes:
    return body[: random.randrange(len(body) + 1)]


def _strewn(random: Random, body: bytes) -> bytes:
    changed = bytearray(body)
    for _ in range(random.randrange(1, 6)):
        changed.insert(random.randrange(len(changed) + 1), random.randrange(256))
    return bytes(changed)


def _doubled(random: Random, body: bytes) -> bytes:
    return body + random.choice((b"", b"&", b"\n", b"\x00")) + body


_OF_THE_BODY: list[Callable[[Random, bytes], bytes]] = [
    _cut,
    _strewn,
    _doubled,
    lambda random, body: b"",
    lambda random, body: random.randbytes(random.randrange(2_000)),
    lambda random, body: body.replace(b"%", b"%%", 3),
    lambda random, body: body.replace(b"=", b"", 1),
    lambda random, body: b"[" * 5_000 + body,
    lambda random, body: b"payload=" + body,
    lambda random, body: b"command=" + body,
    lambda random, body: b" " * 1_000_001,
]


def _line_left_out(random: Random, draft: _Draft) -> _Draft:
    left = random.choice([line for line in draft.lines if line[0] != b"Content-Length"])
    return replace(draft, lines=tuple(line for line in draft.lines if line is not left))


def _line_changed(random: Random, draft: _Draft) -> _Draft:
    values = (b"", b"0", b"-1", b"\xff\xfe", b"x" * 300, b"9" * 5_000, b"v0=", b"text/plain")
    changed = random.choice([line for line in draft.lines if line[0] != b"Content-Length"])
    lines = [(line[0], random.choice(values)) if line is changed else line for line in draft.lines]
    return replace(draft, lines=tuple(lines))


def _line_added(random: Random, draft: _Draft) -> _Draft:
    added = random.choice(
        [
            (b"Content-Type", b"application/json"),
            (b"X-Slack-Signature", b"v0=" + b"0" * 64),
            (b"Upgrade", b"websocket"),
            (b"Expect", b"100-continue"),
            (b"X-Forwarded-For", b"x" * 2_000),
            (b"X-Large", b"x" * 70_000),
            (b"Bl\xe5b\xe6r", b"\xe6\xf8\xe5"),
            (b"no colon", b""),
        ]
    )
    return replace(draft, lines=(*draft.lines, added))


def _other_method(random: Random, draft: _Draft) -> _Draft:
    methods = (b"GET", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"TRACE", b"post", b"BREW", b"")
    return replace(draft, method=random.choice(methods))


def _other_path(random: Random, draft: _Draft) -> _Draft:
    paths = (
        b"", b"*", b"/", b"//", b"/\xe5", b"/%00", b"/slack", b"/slack/%ff", b"/slack/events/",
        b"/slack/events?x=%ff", b"/slack/events?ssl_check=1", b"/slack/events#x",
        b"http://x/slack/events", b"/" + b"x" * 3_000, b"/healthz", b"/healthz/", b"/readyz?x",
    )  # fmt: skip
    return replace(draft, path=random.choice(paths))


def _other_version(random: Random, draft: _Draft) -> _Draft:
    versions = (b"HTTP/1.0", b"HTTP/2", b"HTTP/9.9", b"", b"http/1.1")
    return replace(draft, version=random.choice(versions))


_OF_THE_HEAD: list[Callable[[Random, _Draft], _Draft]] = [
    _line_left_out,
    _line_changed,
    _line_added,
    _other_method,
    _other_path,
    _other_version,
]
