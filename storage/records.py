"""The ledger's records as frozen values, and the words their states are kept in."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import NewType
from unicodedata import combining, normalize
from zoneinfo import ZoneInfo

from msgspec import Struct

OSLO = ZoneInfo("Europe/Oslo")
"""Where people are, and days begin. What is kept is kept in UTC."""

A_MINUTE = timedelta(minutes=1)

CODE_LIFETIME = timedelta(days=60)
"""How long a code is valid: 60 × 24 hours from the moment it is made (`RULES.md` rule 3)."""

REQUEST_LIFETIME = timedelta(days=30)
"""How long a request waits before it lapses."""

FIRST_REMINDER = timedelta(hours=24)
NEXT_REMINDER = timedelta(hours=72)
"""When account holders are reminded of what waits: first after, and then every."""

NUDGE_AGAIN = timedelta(hours=24)
"""How long after asking for an answer once more it can be done again."""

NOTICE_DAYS = (14, 7, 1)
"""Days before expiry at which the holder is told."""

SOON = timedelta(days=max(NOTICE_DAYS))
"""From how long before its end a code runs out soon: when its holder is first told."""

QUESTION_LIFETIME = timedelta(days=90)
"""How long what was asked is kept, to learn from it."""

INSTALLATION_LIFETIME = timedelta(days=90)
"""How long it is kept where the bot was, after it has been removed, and what it knew there."""

TOLD_BEFORE = timedelta(days=14)
"""So long before that goes the operator is told."""

CHOICE_LIFETIME = timedelta(days=365)
"""How long it is kept which of several organisations somebody has chosen."""

NOTICE_LIFETIME = timedelta(days=90)
"""How long it is kept that somebody was told something, from when it was decided that they should
be."""

LOOKUP_LIFETIME = timedelta(days=90)
"""How long it is kept what somebody is called in Slack, from when they were looked up."""

EVENT_LIFETIME = timedelta(days=2)
"""How long it is kept which event was taken. Slack sends one that was not acknowledged again for
about an hour."""

ENDED_LIFETIME = timedelta(days=3 * 365)
"""How long what has ended is kept, unless the operator wants it otherwise: codes, requests, and the
people whose last ones they were."""


WORD_LIFETIME = timedelta(days=3 * 365)
"""How long an account holder's word on somebody's authority is kept at least, from when it was
given, if it was for no time: they have been asked about it three times since."""

MOST_OF_ONE_WORKSPACE = 20
"""How many organisations a workspace may have."""

LONGEST_DEPUTY = timedelta(days=366)
"""How long somebody stands in for the account holders at most."""

TERM_NOTICE_DAYS = (30, 7)
"""Days before somebody's authority ends at which the account holders are told."""

LONGEST_TERM = timedelta(days=10 * 366)
"""For how long somebody's authority is confirmed at most, where it is for a time."""

REVIEW_ON = (4, 15)
"""The month and the day on which account holders are asked who has authority still: when most have
held their annual meetings."""

REVIEW_PASSES_OVER = timedelta(days=60)
"""Whoever has been confirmed so lately is not asked about then."""

BOT = "bot"
OPERATOR = "operator"
SETTINGS = "settings"
"""Who has done something, where it was no person in Slack."""

NOBODYS = (BOT, OPERATOR, SETTINGS)

ERASED = "erased"
"""Who has done something, where that has been erased."""

HINT_LENGTH = 2
"""So many characters of a code are shown where it is not shown whole, and can be looked for."""


LONGEST_MESSAGE = 500
"""Characters of what somebody is written with a decision."""


class OrganisationState(StrEnum):
    AWAITING = "awaiting"
    APPROVED = "approved"
    SUSPENDED = "suspended"


class Issuer(StrEnum):
    """Who makes the organisation's codes."""

    BOT = "bot"
    TECHSOUP = "techsoup"


class Role(StrEnum):
    BOARD_MEMBER = "board_member"
    VOLUNTEER = "volunteer"
    EMPLOYEE = "employee"
    OTHER = "other"


class RequestKind(StrEnum):
    NEW = "new"
    REFRESH = "refresh"


class RequestState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class Reason(StrEnum):
    """Why a request was declined."""

    NO_AUTHORITY = "no_authority"
    UNKNOWN_PERSON = "unknown_person"
    MORE_INFORMATION = "more_information"
    OTHER = "other"


class CodeState(StrEnum):
    ACTIVE = "active"
    EXPIRED = "expired"
    REPLACED = "replaced"
    REVOKED = "revoked"


class PartnerScope(StrEnum):
    """What a partner is told of a code that is valid."""

    ORGANISATION = "organisation"
    """Whose it is: name and number."""

    HOLDER = "holder"
    """And of whom it was made for, name and address."""


class DeliveryState(StrEnum):
    """What has become of what a partner is told."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    PARKED = "parked"


class CodeStatus(StrEnum):
    """What a partner is answered about a code."""

    VALID = "valid"
    EXPIRED = "expired"
    REPLACED = "replaced"
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    ORGANISATION_SUSPENDED = "organisation_suspended"


NoticeKind = NewType("NoticeKind", str)
"""What an outbox row tells its reader: a word of up to 32 letters, which the rule that raises it
declares, and which has one entry in `handlers/telling`."""


class Topic(StrEnum):
    """What can be asked about codes: the topics of `RULES.md`, in its order."""

    WHAT = "what"
    LOOKS = "looks"
    GET = "get"
    AFTER = "after"
    REUSE = "reuse"
    EXPIRY = "expiry"
    EXPIRED = "expired"
    HOW_MANY = "how_many"
    WHY_NEW = "why_new"
    SEVERAL_PEOPLE = "several_people"
    AUTHORITY = "authority"
    HOLDER = "holder"
    SHARE = "share"
    TROUBLE = "trouble"
    WAITING = "waiting"
    LEAVING = "leaving"
    PRIVACY = "privacy"


class CodesListed(StrEnum):
    """Which of an organisation's codes are listed."""

    VALID = "valid"
    SOON = "soon"
    EXPIRED = "expired"
    ALL = "all"


class Verdict(StrEnum):
    """What became of a question: answered, a choice of topics, or neither."""

    ANSWERED = "answered"
    CHOICE = "choice"
    REFUSED = "refused"


class NoticeState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    DROPPED = "dropped"
    PARKED = "parked"


class Action(StrEnum):
    """What the audit keeps: `source:subject:action`."""

    ORGANISATION_ADDED = "operator:organisation:add"
    ORGANISATION_REGISTERED = "slack:organisation:register"
    ORGANISATION_APPROVED = "operator:organisation:approve"
    ORGANISATION_REFUSED = "operator:organisation:refuse"
    ORGANISATION_SUSPENDED = "operator:organisation:suspend"
    ORGANISATION_REOPENED = "operator:organisation:reopen"
    ORGANISATION_NUMBERED = "operator:organisation:number"
    ACCOUNT_HOLDER_ADDED = "operator:account-holder:add"
    ACCOUNT_HOLDER_REMOVED = "operator:account-holder:remove"
    COLLEAGUE_ADDED = "slack:account-holder:add"
    COLLEAGUE_REMOVED = "slack:account-holder:remove"
    DEPUTY_APPOINTED = "slack:deputy:appoint"
    DEPUTY_MOVED = "slack:deputy:move"
    DEPUTY_REMOVED = "slack:deputy:remove"
    DEPUTY_BEGAN = "bot:deputy:begin"
    DEPUTY_ENDED = "bot:deputy:end"
    PERSON_LEFT = "slack:person:leave"
    PERSON_ENTERED = "slack:person:enter"
    AUTHORITY_CONFIRMED = "slack:authority:confirm"
    AUTHORITY_CHANGED = "slack:authority:change"
    AUTHORITY_WITHDRAWN = "slack:authority:withdraw"
    AUTHORITY_ENDED = "bot:authority:end"
    AUTHORITY_REVIEWED = "bot:authority:review"
    REQUEST_ASKED = "slack:request:ask"
    REQUEST_APPROVED = "slack:request:approve"
    REQUEST_DECLINED = "slack:request:decline"
    REQUEST_WITHDRAWN = "slack:request:withdraw"
    REQUEST_LAPSED = "bot:request:lapse"
    REQUEST_NUDGED = "slack:request:nudge"
    CODE_MADE = "slack:code:make"
    CODE_REFRESHED = "slack:code:refresh"
    CODE_REVOKED = "slack:code:revoke"
    CODE_SHOWN = "slack:code:show"
    CODE_SENT = "slack:code:send"
    CODE_EXPIRED = "bot:code:expire"
    CODE_HANDED_OVER = "bot:code:hand-over"
    CODE_USED = "partner:code:use"
    CODE_USE_NOTED = "slack:code:use"
    NOTICE_RETRIED = "operator:notice:retry"
    QUESTION_FORWARDED = "slack:question:forward"
    QUESTION_ANSWERED = "slack:question:answer"


class Organisation(Struct, frozen=True):
    id: str
    team_id: str
    name: str
    short_name: str
    issuer: Issuer
    state: OrganisationState
    created_at: datetime
    review_before: datetime | None = None
    """Whoever's authority was confirmed last before then is to be confirmed anew."""

    next_review_at: datetime | None = None
    """When account holders are asked next who has authority still."""

    number: str | None = None
    """In the Register of Legal Entities, where it was registered in Slack."""

    is_at_techsoup: bool | None = None
    """Whether TechSoup Norge has approved it, as whoever registered it says."""

    registered_by: str | None = None
    names: str | None = None
    """What its workspace, whoever registered it and its first account holders are called in Slack,
    by their ids, as JSON: for an operator who reads elsewhere, where Slack names none of them."""

    verdict: str | None = None
    """What the operator wrote when they refused or suspended it."""

    revision: int = 0
    """How often what was registered, or the state, has changed."""

    enterprise_id: str | None = None
    """The organisation of Enterprise Grid that its workspace is of, as far as is known."""

    left_at: datetime | None = None
    """When it was no workspace's any more: what it has goes."""

    forgotten_at: datetime | None = None
    """When all of it was gone but that it has been here."""

    valid_user_since: datetime | None = None
    """When a code of its was used for the first time (`RULES.md` rule 5)."""

    def is_put_right_by(self, user_id: str | None, holders: Sequence[str]) -> bool:
        """Whether what was registered is theirs to put right: they have sent it, or are one of the
        account holders."""
        return user_id is not None and user_id in (self.registered_by, *holders)

    @property
    def is_refused(self) -> bool:
        """It can be registered anew."""
        return self.state is OrganisationState.AWAITING and self.verdict is not None

    def name_of(self, slack_id: str) -> str:
        """As it was when it was registered; the id of whom nothing is known."""
        return str(json.loads(self.names or "{}").get(slack_id) or slack_id)

    @property
    def as_it_is(self) -> str:
        """Which it is, and as what: a button, a form and a notice are about it as it was then."""
        return f"{self.id}:{self.revision}"

    @property
    def is_awaiting_answer(self) -> bool:
        return self.state is OrganisationState.AWAITING and self.verdict is None

    @property
    def is_answered(self) -> bool:
        """It has been approved, if only at first."""
        return self.state is not OrganisationState.AWAITING


class AccountHolder(Struct, frozen=True):
    id: str
    organisation_id: str
    user_id: str
    added_at: datetime
    added_by: str
    removed_at: datetime | None
    removed_by: str | None
    deputy_from: datetime | None = None
    deputy_until: datetime | None = None
    """Of a deputy, who decides from the one moment until before the other."""

    @property
    def is_deputy(self) -> bool:
        return self.deputy_until is not None


class PersonDetails(Struct, frozen=True):
    """Whom a code is for, as typed: what rule 4 asks, and the role."""

    first_name: str
    last_name: str
    email: str
    role: Role

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def identity(self) -> str:
        """Address AND name: an address alone never says who somebody is."""
        parts = (self.email, self.first_name, self.last_name)
        return "\n".join(small_letters(part) for part in parts)


def just_before(ends_at: datetime) -> datetime:
    """The last minute of what ends then, in Oslo. It is on its last day: what ends at a midnight
    has nothing of the day that begins."""
    return (ends_at - A_MINUTE).astimezone(OSLO)


def small_letters(text: str) -> str:
    """What is compared of an address or a name. Here and not by the database: SQLite knows the
    small letters of English alone, and PostgreSQL those of its locale.

    Lower case and no more: `casefold` would make ß of one address the ss of another's.
    """
    return normalize("NFC", text).lower()


_ALPHABET = str.maketrans({"æ": "{", "ä": "{", "ø": "|", "ö": "|", "å": "}"})
"""What comes after z in Norwegian, by what comes after z in any order of bytes."""


def sort_key(name: str) -> str:
    """By which names are listed: Aase and Åse last, and other accents as if they were not there.
    Kept, for each database has an order of its own."""
    known = small_letters(name).replace("aa", "å").translate(_ALPHABET)
    letters = normalize("NFD", known)
    return "".join(letter for letter in letters if not combining(letter))


def identity_begins(email: str) -> str:
    """How the identity of everybody with this address begins."""
    return small_letters(email) + "\n"


class Confirmation(Struct, frozen=True):
    """An account holder's word that a person has authority."""

    id: str
    confirmed_by: str
    confirmed_at: datetime
    role: Role
    valid_until: datetime | None
    """Before when, of a word that was given for a time."""

    withdrawn_at: datetime | None
    withdrawn_by: str | None

    @property
    def said_at(self) -> datetime:
        """When it was given, or withdrawn."""
        return self.withdrawn_at or self.confirmed_at

    def holds_at(self, now: datetime) -> bool:
        """Whether nobody has withdrawn it, and its time has not passed."""
        return self.withdrawn_at is None and not self.has_passed_at(now)

    def has_passed_at(self, now: datetime) -> bool:
        return self.valid_until is not None and self.valid_until <= now


class Person(Struct, frozen=True):
    id: str
    organisation_id: str
    first_name: str
    last_name: str
    email: str
    user_id: str | None
    looked_up_at: datetime | None
    slack_name: str | None = None
    """What the member with this address was called in Slack when they were looked up."""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def is_called_otherwise(self) -> bool:
        """Whether the member who will see the code goes by another name than was typed.

        A middle name more or less is no other name.
        """
        if not self.slack_name:
            return False
        typed, told = (set(name.lower().split()) for name in (self.name, self.slack_name))
        return not (typed <= told or told <= typed)

    @property
    def known_user_id(self) -> str | None:
        """Who the person is in Slack, when that has been looked up since they were entered."""
        return self.user_id if self.looked_up_at else None


class CodeRequest(Struct, frozen=True):
    id: str
    organisation_id: str
    person: Person
    asked_by: str
    kind: RequestKind
    code_id: str | None
    role: Role
    purpose: str
    state: RequestState
    asked_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    reason: Reason | None
    message: str
    nudged_at: datetime | None = None
    """When whoever asked last asked for an answer once more."""

    @property
    def is_for_asker(self) -> bool:
        return self.person.user_id == self.asked_by

    @property
    def is_for_another(self) -> bool:
        """Whether that is known: of somebody who has not been looked up yet it is not."""
        return self.person.looked_up_at is not None and not self.is_for_asker


class Code(Struct, frozen=True):
    """A code without its secret: the secret is read only to be shown (`codes.show`)."""

    id: str
    organisation_id: str
    person: Person
    request_id: str | None
    user_id: str | None
    hint: str
    purpose: str
    state: CodeState
    made_at: datetime
    made_by: str
    expires_at: datetime
    replaces_id: str | None
    sent_at: datetime | None = None
    sent_by: str | None = None
    """When an account holder has said that they have sent it to its person, and who."""

    ended_at: datetime | None = None
    """When it ran out, was replaced or was withdrawn."""

    @property
    def has_ended(self) -> bool:
        """Whether it is replaced or withdrawn, and of no use to anybody any more."""
        return self.state in (CodeState.REPLACED, CodeState.REVOKED)

    def state_at(self, now: datetime) -> CodeState:
        """The state at a moment: an active code past its time has expired, swept or not."""
        if self.state is CodeState.ACTIVE and now >= self.expires_at:
            return CodeState.EXPIRED
        return self.state


class Partner(Struct, frozen=True):
    """A provider of products or services who checks codes."""

    id: str
    name: str
    scope: PartnerScope
    is_test: bool
    """Whether it rehearses with made-up codes alone."""

    added_at: datetime
    suspended_at: datetime | None = None


class PartnerKey(Struct, frozen=True):
    """What a partner shows to be known; of the key itself nothing but how it begins."""

    id: str
    partner_id: str
    hint: str
    made_at: datetime
    ends_at: datetime | None = None
    """From when it opens nothing any more."""

    def opens_at(self, now: datetime) -> bool:
        return self.ends_at is None or now < self.ends_at


class Use(Struct, frozen=True):
    """That a code was used: found valid by a partner, or noted by hand."""

    id: str
    code_id: str
    service: str
    used_at: datetime
    partner: str | None
    """The partner's name; None where it was noted by hand."""

    noted_by: str | None
    """By whom it was."""


class Uses(Struct, frozen=True):
    """Where a code was used: the newest few, and how many there are of all."""

    newest: Sequence[Use] = ()
    count: int = 0

    @property
    def others(self) -> int:
        """How many there are beside the newest."""
        return self.count - len(self.newest)


NOT_USED = Uses()


class Turn(IntEnum):
    """Whose turn it is, where not everything can go at once: the lower goes first."""

    ANSWER = 0
    """Somebody has just written or sent something, and looks at the screen."""

    DEED = 1
    """Somebody has done something that others are to hear of."""

    TIME = 2
    """Time has brought it, and it may as well come a few minutes later."""


class Notice(Struct, frozen=True):
    """One outbox row: a message that somebody shall have, and what is known of its copy."""

    id: str
    organisation_id: str
    kind: NoticeKind
    recipient: str | None
    request_id: str | None
    code_id: str | None
    topics: str | None
    """Of an answer its topic and the next best, of a choice what there is to choose from;
    between commas."""

    question_id: str | None
    """What was asked. The row is gone when the answer is sent: nothing then says who asked it."""

    forwarded_id: str | None
    team_id: str
    """The workspace in which it is told."""

    place: str | None
    """The channel it is posted in, when that is not the recipient's own."""

    thread_ts: str | None
    turn: Turn
    revision: int
    state: NoticeState
    due_at: datetime | None
    claim: str | None
    unsure: bool
    attempts: int
    error: str | None
    channel: str | None
    ts: str | None
    created_at: datetime
    holder_id: str | None = None
    """Of the account holder whom it tells of."""

    person_id: str | None = None
    """Whose authority it tells of."""


class Question(Struct, frozen=True):
    """Something that was asked, without who asked it and without codes and addresses."""

    id: str
    organisation_id: str
    asked_on: datetime
    """The day it was asked: a moment would tell whose question it was."""

    text: str
    verdict: Verdict
    topic: Topic | None
    """What was answered, if anything was."""

    picked: Topic | None
    """What it was about, when the asker has said so."""

    helpful: bool | None
    forget_at: datetime


class ForwardedQuestion(Struct, frozen=True):
    """A question that its asker sent on to the account holders, under their own name."""

    id: str
    organisation_id: str
    asked_by: str
    text: str
    asked_at: datetime
    forget_at: datetime
    answer: str | None = None
    answered_by: str | None = None
    answered_at: datetime | None = None
    """By which account holder it was answered, and when; None while it waits."""
