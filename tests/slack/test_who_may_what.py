"""Who may do what: every deed that Slack can bring, by everybody who may try, forged.

Nobody has to have seen the button or the form: what comes is what somebody made up. A deed that has
no row here fails.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace as changed

from bot.trial.sandbox import Human
from bot.trial.sandbox.payloads import event_callback
from bot.trial.sandbox.tickets import new_trigger
from handlers.routes import ROUTES
from storage import audit, decisions, holding, organisations, questions, register, requests
from storage.holding import Period
from storage.keys import Keyring
from storage.records import OPERATOR, OSLO, Issuer, OrganisationState, PersonDetails, Role, Topic
from storage.requests import NewRequest
from storage.schema import forwarded_questions
from storage.schema import organisations as organisations_table
from storage.sql import bindparam, select, update
from templates import ids
from tests.slack.stage import Stage, stage

Json = dict[str, Any]


class Who(StrEnum):
    MEMBER = "member"
    CODE_HOLDER = "whoever has the code and has asked"
    ACCOUNT_HOLDER = "account holder"
    DEPUTY = "deputy in their time"
    DEPUTY_BEFORE = "deputy before their time"
    DEPUTY_AFTER = "deputy after their time"
    FORMER = "former account holder"
    ADMIN = "admin of the workspace"
    NEIGHBOUR = "account holder of another organisation in the same workspace"
    STRANGER = "somebody of another workspace"


MEMBERS = frozenset(Who) - {Who.STRANGER}
DECIDE = frozenset((Who.ACCOUNT_HOLDER, Who.DEPUTY))
LASTING = frozenset((Who.ACCOUNT_HOLDER,))
THEIRS = frozenset((Who.CODE_HOLDER,))
NOBODY: frozenset[Who] = frozenset()

_QUESTIONS = select(forwarded_questions).where(
    forwarded_questions.c.organisation_id == bindparam("of_organisation")
)
_ISSUER = (
    update(organisations_table)
    .where(organisations_table.c.id == bindparam("which"))
    .values(issuer=bindparam("new_issuer", type_=organisations_table.c.issuer.type))
)
NOT_OF_PEOPLE = (
    {
        ("event", name): "Slack tells it of somebody, or of the bot"
        for name in (
            "team_join",
            "user_change",
            "app_uninstalled",
            "tokens_revoked",
            "app_context_changed",
            "agent_session_stopped",
        )
    }
    | {
        ("action", name): "changes what stands on one's own screen, and nothing else"
        for name in (ids.FOR_WHOM, ids.COLLEAGUE, ids.FEEDBACK, ids.HELPFUL, ids.UNHELPFUL)
    }
    | dict.fromkeys(
        (("action", ids.CHOOSE_ORGANISATION), ("submission", ids.VIEW_CHOOSE)),
        "says which organisation one means",
    )
)
"""Deeds that nobody's rights decide on, and why."""


@dataclass(frozen=True)
class Things:
    """What there is to do something with, made anew for each deed that is about something."""

    request: str
    code: str
    question: str
    holder: str
    newcomer: str
    registered: str
    today: str
    organisation: str


def about_nothing(things: Things) -> str:
    return ""


def filled_with_nothing(things: Things) -> Json:
    return {}


@dataclass(frozen=True)
class Deed:
    may: frozenset[Who]
    value: Callable[[Things], str] = about_nothing
    """What the button carries, or the form is about."""

    state: Callable[[Things], Json] = filled_with_nothing
    issuer: Issuer = Issuer.BOT
    """Who makes the codes where it is done."""

    @property
    def is_about_something(self) -> bool:
        return self.value is not about_nothing or self.state is not filled_with_nothing


def form(**fields: Json) -> Json:
    return {name: {name: entry} for name, entry in fields.items()}


def asked(things: Things) -> Json:
    return form(
        first_name={"value": "Nils"},
        last_name={"value": uuid4().hex[:8].translate(str.maketrans("0123456789", "ghijklmnop"))},
        email={"value": "nils@example.org"},
        role={"selected_option": {"value": "volunteer"}},
        purpose={"value": ""},
        authority={"selected_options": [{"value": "confirmed"}]},
    )


def confirmed(things: Things) -> Json:
    return form(authority={"selected_options": [{"value": "confirmed"}]})


def no(things: Things) -> Json:
    return form(reason={"selected_option": {"value": "more_information"}}, message={"value": ""})


def appointed(things: Things) -> Json:
    return {
        ids.DEPUTY_WHO: {ids.DEPUTY_WHO: {"selected_user": things.newcomer}},
        ids.DEPUTY_FROM: {ids.DEPUTY_FROM: {"selected_date": things.today}},
        ids.DEPUTY_UNTIL: {ids.DEPUTY_UNTIL: {"selected_date": things.today}},
    }


def of_request(things: Things) -> str:
    return things.request


def of_code(things: Things) -> str:
    return things.code


def of_question(things: Things) -> str:
    return things.question


def of_registered(things: Things) -> str:
    return things.registered


def changed_word(things: Things) -> Json:
    return {**confirmed(things), **form(role={"selected_option": {"value": "employee"}})}


def of_organisation(things: Things) -> str:
    return things.organisation


def registered(things: Things) -> Json:
    return form(
        organisation_name={"value": "Blåbærlaget"},
        organisation_number={"value": "988077917"},
        short_name={"value": "Blabaer"},
        first_account_holders={"selected_users": [things.newcomer]},
        approved_by_techsoup={"selected_option": {"value": "yes"}},
        codes_made_by={"selected_option": {"value": "bot"}},
    )


def because(things: Things) -> Json:
    return form(verdict={"value": "Fordi."})


def ended(things: Things) -> Json:
    return form(codes_then={"selected_option": {"value": "end"}})


def used(things: Things) -> Json:
    return form(used_service={"value": "Nettside"}, used_on={"selected_date": things.today})


def first(things: Things) -> str:
    return "0"


TABLE: Mapping[tuple[str, str], Deed] = {
    ("command", ids.COMMAND): Deed(MEMBERS),
    ("shortcut", ids.SHORTCUT_ASK): Deed(MEMBERS),
    # Ask for a code
    ("action", ids.ASK): Deed(MEMBERS),
    ("submission", ids.VIEW_ASK): Deed(MEMBERS, state=asked),
    ("submission", ids.VIEW_MAKE): Deed(DECIDE, state=asked),
    ("action", ids.WITHDRAW_REQUEST): Deed(THEIRS, of_request),
    ("action", ids.NUDGE): Deed(THEIRS, of_request),
    # Decide
    ("action", ids.WAITING): Deed(DECIDE),
    ("action", ids.WAITING_PAGE): Deed(DECIDE, first),
    ("action", ids.WAITING_PAGE_BACK): Deed(DECIDE, first),
    ("action", ids.APPROVE): Deed(DECIDE, of_request),
    ("submission", ids.VIEW_APPROVE): Deed(DECIDE, of_request, confirmed),
    ("action", ids.DECLINE): Deed(DECIDE, of_request),
    ("submission", ids.VIEW_DECLINE): Deed(DECIDE, of_request, no),
    # Use the codes there are
    ("action", ids.MY_CODES): Deed(MEMBERS),
    ("action", ids.ALL_CODES): Deed(MEMBERS),  # of those who do not decide, their own
    ("action", ids.CODES_PAGE): Deed(MEMBERS, first),
    ("action", ids.CODES_PAGE_BACK): Deed(MEMBERS, first),
    ("action", ids.SEARCH): Deed(MEMBERS),
    ("action", ids.CODES_LISTED): Deed(MEMBERS),
    ("submission", ids.VIEW_CODES): Deed(MEMBERS),
    ("action", ids.CODES_FILE): Deed(DECIDE),
    ("action", ids.SHOW_CODE): Deed(DECIDE | THEIRS, of_code),
    ("action", ids.REFRESH_CODE): Deed(DECIDE | THEIRS, of_code),
    ("submission", ids.VIEW_PASTE): Deed(DECIDE, of_code),
    ("action", ids.REVOKE_CODE): Deed(DECIDE, of_code),
    ("action", ids.MARK_SENT): Deed(DECIDE, of_code),
    ("action", ids.NOTE_USE): Deed(DECIDE | THEIRS, of_code, issuer=Issuer.TECHSOUP),
    ("submission", ids.VIEW_NOTE_USE): Deed(DECIDE | THEIRS, of_code, used, Issuer.TECHSOUP),
    # Ask a question
    ("event", "message"): Deed(MEMBERS),
    ("event", "app_mention"): Deed(MEMBERS),
    **{("action", ids.topic(topic)): Deed(MEMBERS) for topic in Topic},
    ("action", ids.ALL_QUESTIONS): Deed(MEMBERS),
    ("action", ids.ASK_HOLDER): Deed(MEMBERS),
    ("submission", ids.VIEW_ASK_HOLDER): Deed(
        MEMBERS, state=lambda things: form(question={"value": "Hvem er du?"})
    ),
    # Answer one
    ("action", ids.REPLY): Deed(DECIDE, of_question),
    ("submission", ids.VIEW_REPLY): Deed(
        DECIDE, of_question, lambda things: form(reply={"value": "Det er Ola."})
    ),
    ("action", ids.UNANSWERED): Deed(DECIDE),
    ("action", ids.UNANSWERED_PAGE): Deed(DECIDE, first),
    ("action", ids.UNANSWERED_PAGE_BACK): Deed(DECIDE, first),
    ("action", ids.EXPORT): Deed(DECIDE),
    # Say who decides
    ("action", ids.HOLDERS): Deed(LASTING),
    ("action", ids.HOLDERS_PAGE): Deed(LASTING, first),
    ("action", ids.HOLDERS_PAGE_BACK): Deed(LASTING, first),
    ("action", ids.ADD_HOLDER): Deed(LASTING),
    ("submission", ids.VIEW_ADD_HOLDER): Deed(
        LASTING,
        state=lambda things: {ids.NEW_HOLDER: {ids.NEW_HOLDER: {"selected_user": things.newcomer}}},
    ),
    ("action", ids.REMOVE_HOLDER): Deed(LASTING, lambda things: things.holder),
    ("action", ids.DEPUTY): Deed(LASTING),
    ("submission", ids.VIEW_DEPUTY): Deed(LASTING, state=appointed),
    # Look after the register of authority
    ("action", ids.PEOPLE): Deed(DECIDE),
    ("action", ids.PEOPLE_PAGE): Deed(DECIDE, first),
    ("action", ids.PEOPLE_PAGE_BACK): Deed(DECIDE, first),
    ("action", ids.PEOPLE_SEARCH): Deed(DECIDE),
    ("submission", ids.VIEW_PEOPLE): Deed(DECIDE),
    ("action", ids.ADD_PERSON): Deed(DECIDE),
    ("submission", ids.VIEW_ADD_PERSON): Deed(DECIDE, state=asked),
    ("action", ids.CONFIRM_AGAIN): Deed(DECIDE, of_registered),
    ("action", ids.CHANGE_PERSON): Deed(DECIDE, of_registered),
    ("submission", ids.VIEW_CHANGE_PERSON): Deed(DECIDE, of_registered, changed_word),
    ("action", ids.WITHDRAW_AUTHORITY): Deed(DECIDE, of_registered),
    ("submission", ids.VIEW_WITHDRAW_AUTHORITY): Deed(DECIDE, of_registered, ended),
    # See what has happened
    ("action", ids.HISTORY): Deed(DECIDE),
    ("action", ids.HISTORY_CSV): Deed(DECIDE),
    ("action", ids.HISTORY_CHART): Deed(DECIDE),
    ("action", ids.HISTORY_PAGE): Deed(DECIDE, first),
    ("action", ids.HISTORY_PAGE_BACK): Deed(DECIDE, first),
    ("submission", ids.VIEW_HISTORY): Deed(DECIDE),
    # Register the organisation: of this one somebody has; and nobody is in the operator's channel
    ("action", ids.REGISTER): Deed(NOBODY),
    ("action", ids.REGISTER_ANOTHER): Deed(frozenset((Who.ADMIN,))),
    ("submission", ids.VIEW_REGISTER): Deed(NOBODY, state=registered),
    ("action", ids.APPROVE_ORGANISATION): Deed(NOBODY, of_organisation),
    ("action", ids.REFUSE_ORGANISATION): Deed(NOBODY, of_organisation),
    ("submission", ids.VIEW_REFUSE_ORGANISATION): Deed(NOBODY, of_organisation, because),
    ("action", ids.SUSPEND_ORGANISATION): Deed(NOBODY, of_organisation),
    ("submission", ids.VIEW_SUSPEND_ORGANISATION): Deed(NOBODY, of_organisation, because),
    # Find one's way
    ("event", "app_home_opened"): Deed(MEMBERS),
}


def test_every_deed_has_a_row() -> None:
    assert {route[:2] for route in ROUTES} == TABLE.keys() | NOT_OF_PEOPLE.keys()


@dataclass
class Trial:
    """One person, who tries everything."""

    play: Stage
    who: Human
    newcomer: Human
    main: str
    """The organisation that all of it is about."""

    is_of_several: bool = False
    made: Things | None = None
    """Last of all."""

    @property
    def places(self) -> tuple[str, ...]:
        """Where they are answered."""
        return self.who.id, self.who.direct_messages.id, CHANNEL

    async def things(self) -> Things:
        play = self.play
        async with play.deciding() as desk:
            today = desk.now.astimezone(OSLO).date().isoformat()
            for each in await holding.there(desk):
                if each.user_id == self.newcomer.id:
                    await holding.remove(desk, each.user_id, OPERATOR)
            request = await requests.ask(desk, self.a_request())
            to_approve = await requests.ask(desk, self.a_request())
            await questions.forward(desk, play.per.id, "Hva?", sent := uuid4().hex)
            rows = await desk.rows(_QUESTIONS)
            extra = await holding.add(desk, self.newcomer.id, OPERATOR, others=())
            holder = next(h for h in await holding.there(desk) if h.user_id == self.newcomer.id)
        assert request
        assert to_approve
        assert extra
        question = next(row["id"] for row in rows if row["submission_id"] == sent)
        ledger = changed(play.ledger, keyring=Keyring(play.settings.secret_keys))
        async with ledger.deciding_at(self.main) as desk:
            code = await decisions.approve(desk, to_approve, play.ola.id)
            kari = (await requests.find(desk, request)).person
            entry = await register.find(desk, kari.id)
            there = desk.organisation
        return Things(
            request,
            code,
            question,
            holder.id,
            self.newcomer.id,
            f"{kari.id}:{entry.word.id}",
            today,
            f"{there.id}:{there.revision}",
        )

    def a_request(self) -> NewRequest:
        kari = PersonDetails("Kari", "Nordmann", "kari@example.org", Role.VOLUNTEER)
        known = requests.SlackMember(self.play.kari.id, "Kari Nordmann")
        return NewRequest(self.play.kari.id, kari, "", uuid4().hex, known)

    async def does(self, kind: str, name: str, deed: Deed) -> bool:
        """Whether it is done, and not refused."""
        if self.made is None or deed.is_about_something:
            self.made = await self.things()
        things = self.made
        if (kind, name) in (("submission", ids.VIEW_ADD_HOLDER), ("submission", ids.VIEW_DEPUTY)):
            async with self.play.deciding() as desk:
                await holding.remove(desk, things.newcomer, OPERATOR)
        async with self.codes_made_by(deed.issuer):
            return await self.does_with(things, kind, name, deed)

    @asynccontextmanager
    async def codes_made_by(self, issuer: Issuer) -> AsyncIterator[None]:
        await self.let_make_codes(issuer)
        yield
        await self.let_make_codes(Issuer.BOT)

    async def let_make_codes(self, issuer: Issuer) -> None:
        async with self.play.database.transaction() as transaction:
            await transaction.run(_ISSUER, which=self.main, new_issuer=issuer)

    async def does_with(self, things: Things, kind: str, name: str, deed: Deed) -> bool:
        before, happened = len(self.play.slack.workspace.calls), await self.happened()
        way, payload = self.forged(kind, name, deed, things)
        answer = await self.play.slack.deliver(way, payload)
        said = json.loads(answer.body) if answer.body else {}
        if kind == "submission":
            return "errors" not in said and said.get("view", {}).get("callback_id") != ids.VIEW_TOLD
        if said:
            return False
        for _ in range(1_000):  # a busy machine may take its time: what comes is what counts
            await self.play.slack.settles()
            if await self.happened() > happened:
                return True
            if (shown := self.shown(before, kind)) is not None:
                return shown
            await self.play.slack.workspace.changes.until(lambda: None, 0.02)
        raise AssertionError(f"nothing comes of {kind} {name}")

    def shown(self, before: int, kind: str) -> bool | None:
        """Whether a view was shown, or an answer given, that is no refusal."""
        for call in self.play.slack.workspace.calls[before:]:
            if call.method in ("views.open", "views.push", "views.publish"):
                view = call.body["view"]
                view = json.loads(view) if isinstance(view, str) else view
                return view.get("callback_id") != ids.VIEW_TOLD and "bare for medlemmer" not in str(
                    view
                )
            is_to_them = call.body.get("channel") in self.places
            if kind == "event" and call.method == "chat.postMessage" and is_to_them:
                return "bare for medlemmer" not in call.body["text"]
            if call.method == "chat.postEphemeral":
                return False
        return None

    async def sees_all_codes(self) -> bool:
        """Whether the list of all is theirs, by a page of it that they have made up."""
        before = len(self.play.slack.workspace.calls)
        deed = Deed(MEMBERS, first)
        _, payload = self.forged("action", ids.CODES_PAGE, deed, await self.things())
        view = {"type": "home", "id": "V0", "private_metadata": f"{self.mark}all:0"}
        payload["view"] = view
        await self.play.slack.deliver("interactive", payload)
        opened = await self.play.slack.workspace.changes.until(
            lambda: [call for call in self.play.slack.workspace.calls[before:]
                     if call.method.startswith("views.")] or None,
            5.0,
        )  # fmt: skip
        assert opened
        return "Organisasjonens koder" in str(opened[0].body["view"])

    async def happened(self) -> int:
        """What they did last, by its number in the chain."""
        async with self.play.looking() as desk:
            latest = await audit.latest(desk, MOST_AT_A_TIME)
        return max((row["seq"] for row in latest if row["actor"] == self.who.id), default=0)

    def forged(self, kind: str, name: str, deed: Deed, things: Things) -> tuple[Any, Json]:
        workspace, who = self.play.slack.workspace, self.who
        payload: Json = {
            "team": {"id": workspace.team_id},
            "user": {"id": who.id, "team_id": who.record.team_id},
            "trigger_id": new_trigger(workspace, who.id),
        }
        if kind == "command":
            return "command", {
                "command": name, "text": "", "team_id": who.record.team_id, "user_id": who.id,
                "trigger_id": payload["trigger_id"], "channel_id": "C0", "response_url": "",
            }  # fmt: skip
        if kind == "event":
            return "event", event_callback(workspace, self.event(name))
        if kind == "shortcut":
            return "interactive", {**payload, "type": "shortcut", "callback_id": name}
        if kind == "submission":
            view = {
                "id": f"V{uuid4().hex[:10].upper()}", "type": "modal", "callback_id": name,
                "private_metadata": f"{self.mark}{deed.value(things)}",
                "state": {"values": deed.state(things)},
            }  # fmt: skip
            return "interactive", {**payload, "type": "view_submission", "view": view}
        action = {"action_id": name, "block_id": "b", "type": "button", "value": deed.value(things)}
        if self.mark:
            payload["view"] = {"type": "home", "id": "V0", "private_metadata": self.mark}
        return "interactive", {**payload, "type": "block_actions", "actions": [action]}

    @property
    def mark(self) -> str:
        """What says that it is about that organisation, and about none of theirs."""
        return f"@{self.main} " if self.is_of_several else ""

    def event(self, name: str) -> Json:
        who, moment = self.who, self.play.slack.workspace.new_timestamp()
        about: Json = {"type": name, "user": who.id, "ts": moment, "event_ts": moment}
        if name == "app_home_opened":
            return {**about, "tab": "home", "channel": who.direct_messages.id}
        channel = who.direct_messages.id if name == "message" else CHANNEL
        kind = {"channel_type": "im"} if name == "message" else {}
        text = "Når går koden ut?"
        return {**about, **kind, "text": text, "channel": channel, "team": who.record.team_id}


CHANNEL = "C0"
MOST_AT_A_TIME = 50
"""More than happens of one deed, and of what is made ready for it."""


async def takes_the_part(play: Stage, who: Who) -> Human:
    """Whoever it is, in that part."""
    if who is Who.STRANGER:
        return play.slack.stranger("Eve", team_id="T0OTHER")
    if who is Who.ACCOUNT_HOLDER:
        return play.anne
    if who is Who.CODE_HOLDER:
        return play.kari
    person = play.slack.person("Part", "Nordmann", email="part@example.org")
    async with play.deciding() as desk:
        today = desk.now.astimezone(OSLO).date()
        if who in _BEGINS:
            day = today + timedelta(days=_BEGINS[who])
            period = Period(day, day + timedelta(days=3))
            await holding.appoint(desk, person.id, play.ola.id, period, seen=())
        if who is Who.FORMER:
            await holding.add(desk, person.id, OPERATOR)
            await holding.remove(desk, person.id, OPERATOR)
    if who is Who.NEIGHBOUR:
        await has_a_neighbour(play, person)
    if who is Who.ADMIN:
        person.record.is_admin = True
    if who is Who.DEPUTY_AFTER:
        play.travel(days=4)
    return person


async def has_a_neighbour(play: Stage, holder: Human) -> None:
    """From now on what the test looks at is the first of the two."""
    play.organisation_id = (await play.standing()).organisation.id
    team_id = play.slack.workspace.team_id
    play.travel(seconds=1)
    async with play.database.transaction() as transaction:
        approved = OrganisationState.APPROVED
        await organisations.add(transaction, team_id, "Nabolaget", state=approved, another=True)
        _, neighbour = await organisations.of_team(transaction, team_id)
    async with play.ledger.deciding_at(neighbour.id) as desk:
        await holding.add(desk, holder.id, OPERATOR)


_BEGINS = {Who.DEPUTY: 0, Who.DEPUTY_BEFORE: 5, Who.DEPUTY_AFTER: 0}


@pytest.mark.parametrize("who", Who)
async def test_nobody_does_what_they_may_not(tmp_path: Path, who: Who) -> None:
    async with stage(tmp_path, strict=False) as play:
        main = (await play.standing()).organisation.id
        person = await takes_the_part(play, who)
        newcomer = play.slack.person("Ny", "Nordmann", email="ny@example.org")
        trial = Trial(play, person, newcomer, main, is_of_several=who is Who.NEIGHBOUR)
        done = {
            (kind, name): await trial.does(kind, name, deed) for (kind, name), deed in TABLE.items()
        }
        if who is not Who.STRANGER:
            assert await trial.sees_all_codes() is (who in DECIDE)
    assert done == {row: who in deed.may for row, deed in TABLE.items()}
