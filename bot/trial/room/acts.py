"""What somebody does on the page, done in the sandbox as a person there does it."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.trial.room.entering import Fields, enter_all, entry_of
from bot.trial.room.room import Room
from bot.trial.sandbox import Human, NotOnScreen
from bot.trial.sandbox.forms import with_elements
from bot.trial.sandbox.records import Channel, Json, Trouble
from bot.trial.sandbox.screen import Button, Seen, SeenMessage, SeenView
from bot.words import _
from handlers.routes import ROUTES

COMMANDS = tuple(call_id for kind, call_id, _handler in ROUTES if kind == "command")
SHORTCUTS = tuple(call_id for kind, call_id, _handler in ROUTES if kind == "shortcut")
MOST_DAYS = 366
MOST_AHEAD = timedelta(days=36_525)
"""How far the clock may be moved in all: some way before the calendar ends."""


class Refused(Exception):  # noqa: N818
    """The page says no, and why, in words for whoever plays."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing done: by whom, where on the page, and the fields that were sent with it."""

    room: Room
    person: Human
    channel: Channel | None
    """Where what is typed goes; None on the Home tab."""

    fields: Fields

    def given(self, name: str) -> str:
        """One field; empty where it was not sent."""
        values = self.fields.get(name)
        return values[0] if values else ""

    def surface(self) -> Seen:
        """The message, view or Home tab it was done in, as the page had drawn it.

        Raises:
            Refused: it is not there any more.
        """
        key = self.given("surface")
        for seen in self._surfaces(key.partition("/")[0]):
            if key_of(seen) == key:
                return self._as_drawn(seen)
        raise Refused(_("Det du klikket på, er ikke her lenger."))

    def _surfaces(self, kind: str) -> Sequence[Seen]:
        if kind == "message":
            return self.person.messages()
        if kind == "home":
            home = self.person.home()
            return [home] if home else []
        return self.person.views()

    def is_about_what_was_closed(self) -> bool:
        """Whether it was done in a modal of this person's that has gone meanwhile."""
        view_id = self.given("surface").removeprefix("modal/")
        view = self.person.workspace.views.get(view_id)
        return view is not None and view.user_id == self.person.id and not view.is_open

    def _as_drawn(self, seen: Seen) -> Seen:
        """The page may be drawn anew while somebody clicks: Slack takes it as they saw it."""
        drawn = seen.in_version(self.given("version"))
        if drawn is None:
            raise Refused(_("Det du klikket på, er ikke her lenger."))
        return drawn


def key_of(seen: Seen) -> str:
    """What names a surface on the page."""
    if isinstance(seen, SeenMessage):
        return f"message/{seen.channel_id}/{seen.ts}"
    assert isinstance(seen, SeenView)
    return f"{seen.record.type}/{seen.id}"


async def say(act: Act) -> None:
    """A message, or a command where the line begins with a slash."""
    text = act.given("text").strip()
    if not text:
        return
    if re.match(r"/\w", text):
        await _type_command(act, text)
        return
    if act.channel is None:
        raise Refused(_("Her kan du bare skrive kommandoer. Gå til Meldinger for å skrive."))
    await act.person.says(_with_mentions(act.person, text), act.channel, _thread(act))


async def _type_command(act: Act, line: str) -> None:
    command = line.split(maxsplit=1)[0]
    if command not in COMMANDS:
        raise Refused(
            _("{command} er ingen kommando her. Prøv {known}.").format(
                command=command, known=", ".join(COMMANDS)
            )
        )
    await act.person.types(" ".join(line.split(maxsplit=1)), act.channel)


def _thread(act: Act) -> SeenMessage | None:
    thread_ts = act.given("thread")
    if not thread_ts:
        return None
    for message in act.person.messages():
        if message.ts == thread_ts:
            return message
    raise Refused(_("Meldingen du svarte på, er ikke her lenger."))


def _with_mentions(person: Human, text: str) -> str:
    """`@Ola Hansen` becomes a mention; the longest name that fits is meant."""
    users = {f"@{user.shown_name}": user.id for user in person.workspace.users.values()}
    names = sorted(users, key=len, reverse=True)
    pattern = "|".join(re.escape(name) for name in names)
    return re.sub(rf"(?:{pattern})(?!\w)", lambda found: f"<@{users[found[0]]}>", text)


async def press(act: Act) -> None:
    seen = act.surface()
    button = _button(seen, act.given("block"), act.given("action"), act.given("value"))
    enter_all(seen, act.fields)
    await act.person.presses(button, seen)


def _button(seen: Seen, block_id: str, action_id: str, value: str) -> Button:
    """Feedback buttons are two of one name: these are told apart by their values."""
    for button in seen.buttons():
        same = (button.block_id, button.action_id) == (block_id, action_id)
        if same and value in ("", button.value):
            return button
    raise Refused(_("Knappen er ikke her lenger."))


async def ask_prompt(act: Act) -> None:
    """Something to ask that the bot suggested, sent as one's own message."""
    await act.person.says(act.given("text"))


async def choose(act: Act) -> None:
    """Something chosen outside a form, or in a field that tells the bot at once."""
    seen = act.surface()
    block, element = _element(seen, act.given("block"), act.given("action"))
    enter_all(seen, act.fields)
    if element["type"] == "overflow":
        option = entry_of(seen, {**element, "type": "static_select"}, act.fields.get("option", ()))
        entry = {**option, "type": "overflow"}
    else:
        entry = seen.state[block["block_id"]][element["action_id"]]
    await act.person.picks(seen, block, element, entry)


def _element(seen: Seen, block_id: str, action_id: str) -> tuple[Json, Json]:
    for block, element in with_elements(seen.blocks):
        if (block["block_id"], element.get("action_id")) == (block_id, action_id):
            return block, element
    raise Refused(_("Det du valgte i, er ikke her lenger."))


async def enter(act: Act) -> None:
    """What has been typed so far is kept, for when this person comes back to it."""
    enter_all(act.surface(), act.fields)


async def submit(act: Act) -> None:
    view = _modal(act)
    if view.record.is_busy:
        return  # the second click
    enter_all(view, act.fields)
    await act.person.submits(where=view)


async def close(act: Act) -> None:
    if act.is_about_what_was_closed():
        return  # by the first click, or by the bot: it is as was wanted
    await act.person.closes(where=_modal(act))


def _modal(act: Act) -> SeenView:
    seen = act.surface()
    if not isinstance(seen, SeenView) or seen.as_seen.type != "modal":
        raise Refused(_("Vinduet er lukket."))
    return seen


async def use_shortcut(act: Act) -> None:
    callback_id = act.given("shortcut")
    if callback_id not in SHORTCUTS:
        raise Refused(_("Det er ingen snarvei her."))
    await act.person.uses_shortcut(callback_id)


async def dismiss(act: Act) -> None:
    seen = act.surface()
    if isinstance(seen, SeenMessage):
        act.person.dismisses(seen)


async def remove(act: Act) -> None:
    """The bot, from the workspace."""
    if not act.room.may_remove_bot(act.person):
        raise Refused(_("Her kan du ikke fjerne boten."))
    await act.room.remove_bot(act.person)


async def travel(act: Act) -> str | None:
    """Days forward, or to when something is told next; in words, when there is no such moment."""
    days = act.given("days")
    if act.room.clock.ahead > MOST_AHEAD:
        raise Refused(_("Lenger frem går ikke klokken. Du kan begynne på nytt."))
    if days.isascii() and days.isdigit() and 0 < int(days) <= MOST_DAYS:
        await act.room.travel(timedelta(days=int(days)))
    elif days != "next":
        raise Refused(_("Så langt kan klokken ikke flyttes på én gang."))
    elif not await act.room.travel_to_next_notice():
        return _("Ingen varsler venter. Be om en kode først, så blir det noe å vente på.")
    return None


ACTS: Mapping[str, Callable[[Act], Awaitable[str | None]]] = {
    "say": say,
    "press": press,
    "prompt": ask_prompt,
    "choose": choose,
    "enter": enter,
    "submit": submit,
    "close": close,
    "shortcut": use_shortcut,
    "dismiss": dismiss,
    "remove": remove,
    "travel": travel,
}


async def do(name: str, act: Act) -> str | None:
    """What there is to say of it, if anything.

    Raises:
        Refused: it could not be done, or the bot did not answer as it should.
        KeyError: there is no such act.
    """
    if name != "travel" and not act.person.workspace.has_bot:
        text = _("Boten er ikke lagt til i {workspace} ennå.")
        raise Refused(text.format(workspace=act.person.workspace.name))
    before = len(act.person.troubles())
    try:
        told = await ACTS[name](act)
    except NotOnScreen:
        raise Refused(_("Det du klikket på, er ikke her lenger.")) from None
    troubles = act.person.troubles()[before:]
    if troubles:
        raise Refused(trouble_in_words(troubles[-1]))
    return told


def trouble_in_words(trouble: Trouble) -> str:
    """What Slack would say in English, when the bot was silent or answered wrongly."""
    kind, _space, name = trouble.about.partition(" ")
    if kind == "view_submission":
        return _("Vi fikk ikke kontakt. Det du skrev, står her fortsatt. Prøv igjen.")
    if kind == "slash_command":
        text = _("{name} virket ikke ({reason}). Prøv igjen.")
        return text.format(name=name, reason=trouble.reason)
    return _("Appen svarte ikke som den skulle. Prøv igjen.")
