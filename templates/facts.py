"""What is known of a person, a request or a code, as rows of a table and as sentences."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from slack_sdk.models.blocks import Block

from storage.records import (
    BOT,
    SOON,
    Code,
    CodeRequest,
    CodeState,
    Confirmation,
    Person,
    Reason,
    RequestState,
    Role,
    just_before,
)
from templates.blocks import Fact, cut, mrkdwn, paragraph, plain, table, typed
from templates.words import Mrkdwn, Words, mention

if TYPE_CHECKING:
    from storage.background import Background

LONGEST_PURPOSE = 40
"""Of what was typed, in one line of a text."""

LONGEST_QUOTE = 300
"""Of what an account holder wrote, where colleagues read it."""

TO_THE_MINUTE = timedelta(days=2)
"""With less than this left it is said at what time a code runs out."""

IN_USE_FROM = time(8)
"""In Oslo: of a day on which a code runs out before this, nobody has anything."""


def roles(words: Words) -> Mapping[Role, str]:
    """What each is called, in the order in which they are offered."""
    _ = words.gettext
    return {
        Role.BOARD_MEMBER: _("Styremedlem"),
        Role.VOLUNTEER: _("Frivillig"),
        Role.EMPLOYEE: _("Ansatt"),
        Role.OTHER: _("Annen tilknytning"),
    }


def reasons(words: Words) -> Mapping[Reason, str]:
    """What each is called, in the order in which they are offered."""
    _ = words.gettext
    return {
        Reason.NO_AUTHORITY: _("Mangler representasjonsmyndighet"),
        Reason.UNKNOWN_PERSON: _("Kjenner ikke personen"),
        Reason.MORE_INFORMATION: _("Trenger mer informasjon"),
        Reason.OTHER: _("Annet"),
    }


def person_facts(words: Words, person: Person) -> list[Fact]:
    return [
        (words.gettext("Navn"), typed(person.name)),
        (words.gettext("E-post"), typed(person.email)),
    ]


def purpose_facts(words: Words, purpose: str) -> list[Fact]:
    return [(words.gettext("Skal brukes til"), typed(purpose))] if purpose.strip() else []


def request_facts(words: Words, request: CodeRequest) -> list[Fact]:
    """Everything about a request but what was decided."""
    nudged_at = request.nudged_at
    return [
        *person_facts(words, request.person),
        (words.gettext("Rolle"), plain(roles(words)[request.role])),
        *purpose_facts(words, request.purpose),
        (words.gettext("Bedt om av"), mrkdwn(mention(request.asked_by))),
        sent_fact(words, request.asked_at),
        *([(words.gettext("Purret"), plain(words.moment(nudged_at)))] if nudged_at else []),
    ]


def sent_fact(words: Words, asked_at: datetime) -> Fact:
    return words.gettext("Sendt"), plain(words.moment(asked_at))


def valid_until(words: Words, code: Code, now: datetime, *, to_the_minute: bool = False) -> Fact:
    """When a code runs out or has, and how many days are left: where it is drawn anew each time.
    With the time where it matters."""
    if code.state_at(now) is CodeState.EXPIRED:
        return went_out(words, code)
    ends = words.end(code.expires_at) if to_the_minute else until(words, code.expires_at, now)
    days = words.days_left(code.expires_at, now)
    _ = words.gettext
    left = _("%(days)s igjen", days=words.days(days)) if days else _("i dag")
    return _("Gyldig til"), plain(f"{ends} ({left})")


def ends_on(words: Words, code: Code, now: datetime) -> Fact:
    """When a code runs out or has, in what stands for long: there a count of days grows untrue."""
    if code.state_at(now) is CodeState.EXPIRED:
        return went_out(words, code)
    return words.gettext("Gyldig til"), plain(until(words, code.expires_at, now))


def went_out(words: Words, code: Code) -> Fact:
    return words.gettext("Gikk ut"), plain(words.last_day(code.expires_at))


def until(words: Words, expires_at: datetime, now: datetime) -> str:
    """The day until which a code may be used, and the time where the day alone misleads: soon, or
    where it is hardly begun. Wherever it is said how long one is good."""
    is_soon = expires_at - now < TO_THE_MINUTE
    is_early = just_before(expires_at).time() < IN_USE_FROM
    return words.end(expires_at) if is_soon or is_early else words.last_day(expires_at)


def code_facts(words: Words, code: Code) -> list[Fact]:
    """Whose code it is and what for; never the code itself."""
    return [*person_facts(words, code.person), *purpose_facts(words, code.purpose)]


def told_sent(words: Words, code: Code) -> Mrkdwn:
    """Who has sent it to its person, and when; of a code that somebody has sent."""
    assert code.sent_by is not None
    assert code.sent_at is not None
    who, moment = mention(code.sent_by), words.moment(code.sent_at)
    return words.prose("notices/code_sent", who=who, moment=moment)


def state_name(words: Words, code: Code, now: datetime) -> str:
    _ = words.gettext
    state = code.state_at(now)
    if state is CodeState.ACTIVE and words.days_left(code.expires_at, now) <= SOON.days:
        return _("Går snart ut")
    return {
        CodeState.ACTIVE: _("Gyldig"),
        CodeState.EXPIRED: _("Utløpt"),
        CodeState.REPLACED: _("Erstattet"),
        CodeState.REVOKED: _("Trukket tilbake"),
    }[state]


def in_a_line(code: Code) -> str:
    """Which code it is, and what for."""
    return f"{hint(code)} {cut(code.purpose.strip(), LONGEST_PURPOSE)}".strip()


def hint(code: Code) -> str:
    """What a list shows of a code: enough to tell it from another, too little to use it."""
    return f"{code.hint}•••"


def authority(words: Words, confirmation: Confirmation | None, *, has_passed: bool) -> Mrkdwn:
    """What the ledger knows of a person's authority, as a sentence.

    `has_passed`: it was confirmed for a time that is over.
    """
    if confirmation is None:
        return words.prose("authority", by=None)
    withdrawn_at, until = confirmation.withdrawn_at, confirmation.valid_until
    last = words.last_day(until) if until else None
    return words.prose(
        "authority",
        by=mention(confirmation.confirmed_by),
        date=words.date(confirmation.confirmed_at),
        withdrawn=words.date(withdrawn_at) if withdrawn_at else None,
        until=last,
        ended=last if has_passed else None,
    )


def reach(words: Words, person: Person) -> Mrkdwn:
    """Who will get the code in Slack, if anybody; empty while nobody has looked."""
    if person.user_id is None and person.looked_up_at is None:
        return Mrkdwn("")
    who = mention(person.user_id) if person.user_id else None
    return words.prose("reach", who=who, otherwise=person.is_called_otherwise)


def outcome(words: Words, request: CodeRequest, *, below: bool = False) -> Mrkdwn:
    """What became of a request, by whom and when; for one that is no longer pending. `below` a
    heading that says what became of which, it is not said again."""
    return words.prose(
        "outcome",
        state=request.state,
        below=below,
        who=decider(request),
        moment=words.moment(request.decided_at) if request.decided_at else "",
    )


def decider(request: CodeRequest) -> Mrkdwn | None:
    """Nobody, where time did."""
    decided_by = request.decided_by
    return mention(decided_by) if decided_by and decided_by != BOT else None


def request_table(words: Words, request: CodeRequest, background: "Background") -> list[Block]:
    """A request as an account holder sees it before deciding."""
    sentences = [reach(words, request.person), _authority(words, background)]
    return [
        *table(request_facts(words, request)),
        paragraph("\n\n".join(sentence for sentence in sentences if sentence)),
        *table(background_facts(words, background)),
    ]


def _authority(words: Words, background: "Background") -> Mrkdwn:
    return authority(words, background.confirmation, has_passed=background.has_passed)


def background_facts(words: Words, background: "Background") -> list[Fact]:
    """What colleagues have answered about the person, what they have, and what else waits."""
    _, now = words.gettext, background.now
    return [
        *(
            fact
            for each in _read_apart(words, background.decided)
            for fact in decided_before(words, each)
        ),
        *((_("Gyldig kode"), typed(_good(words, each, now))) for each in background.valid),
        *((_("Trukket tilbake"), typed(_revoked(words, each))) for each in background.revoked),
        *((_("Venter også"), mrkdwn(_waits(words, each))) for each in background.waiting),
    ]


def _read_apart(words: Words, answers: Sequence[CodeRequest]) -> Iterable[CodeRequest]:
    """What reads alike, as the same answer on the same day does, is said once."""
    return {(_answered(words, each), each.message.strip()): each for each in answers}.values()


def decided_before(words: Words, request: CodeRequest) -> list[Fact]:
    """What an account holder has answered, and what they wrote."""
    answered = words.gettext("Svart før"), mrkdwn(_answered(words, request))
    return [answered, *_written(words, request)]


def answer_facts(words: Words, request: CodeRequest) -> list[Fact]:
    """Why it was declined, and what the account holder wrote; nothing of what was not."""
    reason = reason_in_words(words, request)
    grounds = [(words.gettext("Grunn"), plain(reason))] if reason else []
    return [*grounds, *_written(words, request)]


def _written(words: Words, request: CodeRequest) -> list[Fact]:
    message = request.message.strip()
    return [(words.gettext("Melding"), typed(cut(message, LONGEST_QUOTE)))] if message else []


def reason_in_words(words: Words, request: CodeRequest) -> str:
    """In a word; that it is another one says nothing, and then the message says which."""
    reason = request.reason
    return reasons(words)[reason] if reason and reason is not Reason.OTHER else ""


def _answered(words: Words, request: CodeRequest) -> Mrkdwn:
    return words.prose(
        "answered",
        approved=request.state is RequestState.APPROVED,
        who=decider(request),
        date=words.date(request.decided_at) if request.decided_at else "",
        reason=reason_in_words(words, request) or None,
    )


def _good(words: Words, code: Code, now: datetime) -> str:
    known, last = in_a_line(code), until(words, code.expires_at, now)
    return words.gettext("%(code)s, til %(date)s", code=known, date=last)


def _revoked(words: Words, code: Code) -> str:
    assert code.ended_at is not None
    known, date = in_a_line(code), words.date(code.ended_at)
    return words.gettext("%(code)s, %(date)s", code=known, date=date)


def _waits(words: Words, request: CodeRequest) -> Mrkdwn:
    date = words.date(request.asked_at)
    return words.prose("waits_too", who=mention(request.asked_by), date=date)
