"""What one person sees at one place of the page, as values for the templates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from urllib.parse import quote

from babel.dates import format_date

from bot.trial.room import installing
from bot.trial.room.acts import COMMANDS, key_of
from bot.trial.room.cast import BOT_NAME, EVERYBODY, MESSAGES, OPERATORS, PER, CastMember, Part
from bot.trial.room.guide import Step
from bot.trial.room.markup import Writer
from bot.trial.room.room import Room
from bot.trial.sandbox import Human, SeenMessage, SeenView
from bot.trial.sandbox.filling import Mistake
from bot.trial.sandbox.records import Channel, Json, PostedMessage, Prompt
from bot.trial.sandbox.screen import Option, Seen
from storage.records import OSLO
from templates.words import Words

HOME = "hjem"
"""A place by its part of the address; any but this and `MESSAGES` is a channel, by its name."""

NEWEST = 200
"""Messages shown of a conversation."""


@dataclass(frozen=True, slots=True)
class Face:
    """What stands beside somebody's name: their initials, in a colour of their own."""

    initials: str
    tone: int
    """One for each of the cast, from 1; 0 for anybody else."""


@dataclass(frozen=True, slots=True)
class PersonShown:
    member: CastMember
    face: Face
    address: str
    part: str
    unread: int
    is_me: bool
    key: str


@dataclass(frozen=True, slots=True)
class WorkspaceShown:
    name: str
    people: Sequence[PersonShown]


@dataclass(frozen=True, slots=True)
class PlaceShown:
    name: str
    address: str
    kind: str
    unread: int
    is_here: bool


@dataclass(frozen=True, slots=True)
class MessageShown:
    seen: SeenMessage
    key: str
    name: str
    face: Face
    is_bot: bool
    time: str
    replies: "Sequence[MessageShown]" = ()


@dataclass(frozen=True, slots=True)
class Day:
    """The messages of one day, under its name."""

    name: str
    messages: Sequence[MessageShown]


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step of the guide: where it is taken, and whether it has been."""

    address: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What a menu offers under one label; the label is empty where there are no groups."""

    label: str
    choices: Sequence[Choice]


class NoSuchPlace(LookupError):  # noqa: N818
    """The address names nobody, or a place where that person is not."""


class Screen:
    """
    Raises:
        NoSuchPlace: the address names nobody, or a place where that person is not.
    """

    def __init__(self, room: Room, words: Words, slug: str, place: str) -> None:
        if slug not in room.people:
            raise NoSuchPlace(slug)
        self.room = room
        self.words = words
        self.slug = slug
        self.place = place
        self.me = room.people[slug]
        self.troupe = room.troupe_of(slug)
        self.channel = self._channel(self.me, place)
        if self.channel is None and place != HOME:
            raise NoSuchPlace(place)
        self.now = room.clock()
        self.writer = Writer(words, self.me.workspace.name_of, self.me.id, self.now)

    def _channel(self, person: Human, place: str) -> Channel | None:
        if place == MESSAGES:
            return person.direct_messages
        for channel in self._channels_of(person):
            if channel.name == place:
                return channel
        return None

    def _channels_of(self, person: Human) -> list[Channel]:
        channels = person.workspace.channels.values()
        return [each for each in channels if not each.is_im and person.id in each.member_ids]

    @property
    def address(self) -> str:
        return f"/{self.slug}/{self.place}"

    @property
    def bot_name(self) -> str:
        return BOT_NAME

    # The side: who I am, where I can go

    def workspaces(self) -> list[WorkspaceShown]:
        """With everybody whom one can be."""
        numbers = count(1)
        return [
            WorkspaceShown(each.name, [self._person(next(numbers), member) for member in each.cast])
            for each in self.room.troupes
        ]

    def my_unread(self) -> int:
        return next(
            person.unread
            for workspace in self.workspaces()
            for person in workspace.people
            if person.is_me
        )

    @property
    def workspace_name(self) -> str:
        """Where there are several; empty where there is no other."""
        return self.troupe.name if self.room.is_shared else ""

    @property
    def is_of_bot(self) -> bool:
        """Whether the place is the bot's own, and no channel."""
        return self.place in (HOME, MESSAGES)

    @property
    def has_bot(self) -> bool:
        return self.me.workspace.has_bot

    @property
    def may_remove_bot(self) -> bool:
        return self.has_bot and self.room.may_remove_bot(self.me)

    @property
    def page_of_bot(self) -> str:
        """Where it is added."""
        return installing.front(self.room.address)

    def _person(self, number: int, member: CastMember) -> PersonShown:
        person = self.room.people[member.slug]
        place = self.place
        has_home = place == HOME and person.workspace.has_bot
        if self._channel(person, place) is None and not has_home:
            place = MESSAGES
        channels = [person.direct_messages, *self._channels_of(person)]
        return PersonShown(
            member=member,
            face=face_of(member.user_id, person.record.real_name),
            address=f"/{member.slug}/{place}",
            part=self._part(member),
            unread=sum(self.room.unread(person, channel.id) for channel in channels),
            is_me=member.slug == self.slug,
            key=f"Alt+{number}",
        )

    def _part(self, member: CastMember) -> str:
        names = {
            Part.REPRESENTATIVE: self.words.gettext("representant"),
            Part.ACCOUNT_HOLDER: self.words.gettext("kontoholder"),
            Part.MEMBER: self.words.gettext("medlem"),
            Part.ADMINISTRATOR: self.words.gettext("administrator"),
            Part.OPERATOR: self.words.gettext("ansvarlig for boten"),
        }
        return names[member.part]

    def app_places(self) -> list[PlaceShown]:
        direct = self.me.direct_messages
        return [
            self._place(self.words.gettext("Meldinger"), MESSAGES, "message", direct),
            self._place(self.words.gettext("Hjem"), HOME, "home", None),
        ]

    def channel_places(self) -> list[PlaceShown]:
        return [
            self._place(channel.name, channel.name, "channel", channel)
            for channel in self._channels_of(self.me)
        ]

    def _place(self, name: str, place: str, kind: str, channel: Channel | None) -> PlaceShown:
        return PlaceShown(
            name=name,
            address=f"/{self.slug}/{place}",
            kind=kind,
            unread=self.room.unread(self.me, channel.id) if channel else 0,
            is_here=place == self.place,
        )

    def step(self, name: str) -> StepShown:
        """A step leads to whoever takes it, and to what they write or press there."""
        _, step, guide = self.words.gettext, Step(name), self.room.guide
        if step is Step.INSTALL:
            return StepShown(self.page_of_bot, step in self.room.done)
        slug, what = {
            Step.REGISTER: (
                guide.decides,
                _pressing(_("Registrer organisasjonen"))
                if self.room.is_shared
                else _writing(f"{COMMANDS[0]} registrer"),
            ),
            Step.ADMIT: (PER.slug, _pressing(_("Godkjenn"))),
            Step.ASK: (guide.asks, _writing(COMMANDS[0])),
            Step.APPROVE: (guide.decides, _pressing(_("Godkjenn"))),
            Step.SHOW: (guide.asks, _pressing(_("Vis koden"))),
            Step.TRAVEL: (guide.asks, _pressing(_("Til neste varsel"))),
            Step.REFRESH: (guide.asks, _pressing(_("Oppdater koden"))),
            Step.QUESTION: (guide.asks, _writing(_("når går koden min ut?"))),
        }[step]
        place = OPERATORS.name if step is Step.ADMIT else MESSAGES
        return StepShown(f"/{slug}/{place}#{what}", step in self.room.done)

    def who_asks(self) -> str:
        """Of the guide's steps: the first name."""
        return self.room.people[self.room.guide.asks].record.first_name

    def who_decides(self) -> str:
        return self.room.people[self.room.guide.decides].record.first_name

    def progress(self) -> str:
        """As "2/6": how many of the steps have been taken."""
        return f"{len(self.room.done)}/{len(self.room.guide.steps)}"

    # The top: what the clock says

    def clock_in_short(self) -> str:
        """As "tir. 24. nov. kl. 09.12", where there is little room."""
        date = format_date(self.now.astimezone(OSLO).date(), "EEE d. MMM", self.words.language)
        return self.words.gettext(
            "%(date)s kl. %(time)s", date=date, time=self.words.time(self.now)
        )

    # The middle: a conversation, or Home

    @property
    def title(self) -> str:
        if self.place == HOME:
            return self.words.gettext("Hjem i %(bot)s", bot=BOT_NAME)
        if self.place == MESSAGES:
            return BOT_NAME
        return f"#{self.place}"

    def home(self) -> SeenView | None:
        return self.me.home()

    def prompts(self) -> Sequence[Prompt]:
        """What the bot suggests to ask, where Slack shows it as an agent."""
        return self.me.prompts() if self.place == MESSAGES else ()

    def days(self) -> list[Day]:
        """The conversation's newest messages, by the day."""
        shown = list(self._messages())
        found: dict[date, list[MessageShown]] = {}
        for each in shown:
            found.setdefault(_moment(each.seen.ts).astimezone(OSLO).date(), []).append(each)
        return [Day(self._day_name(messages[0]), messages) for messages in found.values()]

    def _day_name(self, first: MessageShown) -> str:
        moment = _moment(first.seen.ts)
        if moment.astimezone(OSLO).date() == self.now.astimezone(OSLO).date():
            return self.words.gettext("I dag")
        return self.words.date(moment)

    def _messages(self) -> Iterator[MessageShown]:
        if self.channel is None:
            return
        visible = [m for m in self.channel.messages if m.ephemeral_for in (None, self.me.id)]
        replies: dict[str, list[PostedMessage]] = {}
        for message in visible:
            if message.thread_ts and message.thread_ts != message.ts:
                replies.setdefault(message.thread_ts, []).append(message)
        beginnings = [m for m in visible if m.thread_ts in (None, m.ts)]
        for message in beginnings[-NEWEST:]:
            answers = [self._message(reply) for reply in replies.get(message.ts, [])]
            yield self._message(message, answers)

    def _message(
        self, message: PostedMessage, replies: Sequence[MessageShown] = ()
    ) -> MessageShown:
        seen = SeenMessage(self.me.workspace, self.me.id, message)
        name = self.me.workspace.name_of(message.user_id)
        return MessageShown(
            seen=seen,
            key=key_of(seen),
            name=name,
            face=face_of(message.user_id, name),
            is_bot=message.bot_id is not None,
            time=self.words.time(_moment(message.ts)),
            replies=replies,
        )

    # Over it: the stack of modals

    def modals(self) -> Sequence[SeenView]:
        return self.me.views()

    def mistake(self, error: str) -> str:
        """What stands beside a field: the bot's own words, or the client's in Norwegian."""
        if not isinstance(error, Mistake):
            return error
        texts = {
            "required": self.words.gettext("Fyll ut dette feltet."),
            "not_ticked": self.words.gettext("Kryss av her."),
            "not_chosen": self.words.gettext("Velg noe her."),
            "too_long": self.words.gettext("Bruk høyst %(limit)s tegn.", limit=error.limit),
            "too_short": self.words.gettext("Bruk minst %(limit)s tegn.", limit=error.limit),
            "no_email": self.words.gettext("Skriv en gyldig e-postadresse."),
            "no_url": self.words.gettext("Skriv en gyldig nettadresse."),
            "no_number": self.words.gettext("Skriv et tall."),
            "no_whole_number": self.words.gettext("Skriv et helt tall."),
            "too_low": self.words.gettext("Skriv et tall fra %(limit)s og opp.", limit=error.limit),
            "too_high": self.words.gettext("Skriv et tall opp til %(limit)s.", limit=error.limit),
            "too_many": self.words.gettext("Velg høyst %(limit)s.", limit=error.limit),
        }
        return texts[error.kind]

    # Whom one can name and choose

    def choices(self, seen: Seen, element: Json) -> list[Choices]:
        """What a menu offers: options, in groups or not, or people, or channels."""
        kind = str(element["type"]).removeprefix("multi_")
        if kind == "users_select":
            return [Choices("", [Choice(p.id, p.record.real_name) for p in self.people_here()])]
        if kind in ("channels_select", "conversations_select"):
            channels = self._channels_of(self.me)
            return [Choices("", [Choice(each.id, f"#{each.name}") for each in channels])]
        groups = element.get("option_groups") or [{"options": element.get("options", [])}]
        return [
            Choices(seen.shown(group.get("label")), _offered(seen.options(group)))
            for group in groups
        ]

    def people_here(self) -> list[Human]:
        return [self.room.people[each.slug] for each in self.troupe.cast]

    def completions(self) -> list[dict[str, str]]:
        """What the field suggests: commands after a slash, people after an at sign."""
        command = COMMANDS[0]
        commands = [
            *(
                []
                if self.troupe.is_registered
                else [(f"{command} registrer", self.words.gettext("registrer organisasjonen"))]
            ),
            (command, self.words.gettext("be om en godkjenningskode")),
            (f"{command} koder", self.words.gettext("se kodene")),
            (f"{command} behandle", self.words.gettext("det som venter på kontoholder")),
            (f"{command} personer", self.words.gettext("hvem som kan representere dere")),
            (f"{command} kontoholdere", self.words.gettext("hvem som godkjenner")),
            (f"{command} historikk", self.words.gettext("hva som har skjedd")),
            (f"{command} hjelp", self.words.gettext("hva boten kan")),
        ]
        names = [BOT_NAME, *(f"{each.first_name} {each.last_name}" for each in self.troupe.cast)]
        return [
            *({"text": text, "hint": hint} for text, hint in commands),
            *({"text": f"@{name}", "hint": ""} for name in names),
        ]


def face_of(user_id: str, name: str) -> Face:
    ids = list(EVERYBODY)
    parts = name.split() or ["?"]
    initials = "".join(part[0] for part in dict.fromkeys((parts[0], parts[-1])))
    return Face(initials.upper(), ids.index(user_id) + 1 if user_id in ids else 0)


def _writing(text: str) -> str:
    return f"skriv={quote(text)}"


def _pressing(name: str) -> str:
    return f"trykk={quote(name)}"


def _offered(options: Sequence[Option]) -> list[Choice]:
    return [Choice(option.value, option.text) for option in options]


def _moment(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)
