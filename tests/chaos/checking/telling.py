"""What people ought to have been told, by the ledger and its audit; and what they were told."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

from tests.chaos.checking.evidence import Evidence, Row, Said
from tests.chaos.checking.findings import Finding, Kind
from tests.chaos.checking.reading import CLOCKS_DIFFER, audited, ended, matter_of, subject_in

LIFETIME = timedelta(days=60)
NOTICE_DAYS = (14, 7, 1, 0)
MORNING_AFTER, MORNING_BEFORE = timedelta(hours=8), timedelta(hours=16)
"""How long after the moment so many days before, or how long before it, the day has its morning."""

Key = tuple[str, str, str]
"""Whom, what, about what."""


@dataclass
class Account:
    least: Counter[Key] = field(default_factory=Counter)
    most: Counter[Key] = field(default_factory=Counter)
    one_of: list[list[Key]] = field(default_factory=list)
    """Groups of which one at least is to have been told."""

    def expect(self, key: Key, *, surely: bool, times: int = 1) -> None:
        self.most[key] += times
        self.least[key] += times if surely else 0


def look(evidence: Evidence) -> Iterator[Finding]:
    account, told = expected(evidence), told_to(evidence)
    for key in account.most.keys() | told.keys():
        if told[key] < account.least[key]:
            yield Finding(Kind.LOST, " ".join(key))
        if told[key] > account.most[key]:
            kind = Kind.DOUBLED if account.most[key] else Kind.UNCALLED
            yield Finding(kind, " ".join(key))
    for said in evidence.overtaken:
        kind = Kind.OVERTAKEN if _was_cut_short(evidence, said) else Kind.DOUBLED
        yield Finding(kind, f"notice {said.notice} at {said.at:%H:%M:%S.%f}")
    for group in account.one_of:
        if not any(told[key] for key in group):
            yield Finding(Kind.LOST, "one of " + ", ".join(" ".join(key) for key in group))


def _was_cut_short(evidence: Evidence, said: Said) -> bool:
    """Whether its lease may have ended before Slack was through, by a clock that jumped, and
    whoever had it in hand was there no more, or slept."""
    jumped = evidence.was_disturbed(said.at, "clock jumps")
    return jumped and evidence.was_disturbed(said.at, "killed", "stopped", "terminated")


def told_to(evidence: Evidence) -> Counter[Key]:
    """Of what can be told by what it is about; the rest is looked at elsewhere."""
    subjects = ((said.to, subject_in(evidence, said)) for said in evidence.said)
    return Counter((to, *subject) for to, subject in subjects if subject is not None)


def expected(evidence: Evidence) -> Account:
    account = Account()
    for request in evidence.rows("code_requests"):
        _of_request(evidence, account, request)
    for code in evidence.rows("codes"):
        _of_code(evidence, account, code)
    return account


# Requests


def _of_request(evidence: Evidence, account: Account, request: Row) -> None:
    asker, request_id, matter = request["asked_by"], request["id"], matter_of(request["purpose"])
    is_open, here = request["state"] == "pending", evidence.is_here(request["asked_by"])
    if not _was_made_at_once(evidence, request):
        account.expect((asker, "sent", request_id), surely=is_open and here)
        for holder in _holders_at(evidence, request):
            still = evidence.was_always_here(holder["user_id"]) and holder["removed_at"] is None
            nudges = len(audited(evidence, "slack:request:nudge", request_id=request_id))
            key = (holder["user_id"], "asked", request_id)
            account.expect(key, surely=is_open and still)
            account.expect(key, surely=False, times=nudges)
    account.expect((asker, "unattended", request_id), surely=False, times=9)
    if request["state"] == "declined" and not _was_closed_by_revoking(evidence, request):
        account.expect((asker, "declined", matter), surely=here)
    if request["state"] == "lapsed":
        account.expect((asker, "lapsed", matter), surely=here)


def _was_made_at_once(evidence: Evidence, request: Row) -> bool:
    """Asked and approved in one, by an account holder."""
    asked = audited(evidence, "slack:request:ask", request_id=request["id"])
    approved = audited(evidence, "slack:request:approve", request_id=request["id"])
    return bool(asked and approved) and asked[0]["at"] == approved[0]["at"]


def _was_closed_by_revoking(evidence: Evidence, request: Row) -> bool:
    """Its code was withdrawn in the same act, of which the holder hears."""
    revoked = audited(evidence, "slack:code:revoke", code_id=request["code_id"])
    return bool(request["code_id"] and revoked) and revoked[0]["at"] == request["decided_at"]


def _holders_at(evidence: Evidence, request: Row) -> list[Row]:
    at = request["asked_at"]
    return [
        holder
        for holder in evidence.rows("account_holders")
        if holder["added_at"] <= at + CLOCKS_DIFFER
        and (holder["removed_at"] is None or holder["removed_at"] > at - CLOCKS_DIFFER)
    ]


# Codes


def _of_code(evidence: Evidence, account: Account, code: Row) -> None:
    member = _member_of(evidence, code)
    everybody = {row["user_id"] for row in evidence.rows("account_holders")}
    stays = {
        row["user_id"]
        for row in evidence.rows("account_holders")
        if row["removed_at"] is None and evidence.was_always_here(row["user_id"])
    }
    is_theirs = member is not None and evidence.was_always_here(member)
    if is_theirs:
        readers, sure = {str(member)}, {str(member)}
    elif member is None:
        readers, sure = everybody, stays
    else:
        readers, sure = {member, *everybody}, set[str]()
    _of_readiness(evidence, account, code, member, readers, sure)
    _of_expiry(evidence, account, code, readers, sure)
    for holder in everybody:
        account.expect((holder, "left", code["id"]), surely=False)
    _of_revoking(evidence, account, code, member)


def _member_of(evidence: Evidence, code: Row) -> str | None:
    """Who has the address the code was made for."""
    email = evidence.by_id("people")[code["person_id"]]["email"].lower()
    found = (user for user, member in evidence.members.items() if member.email.lower() == email)
    return next(found, None)


def _of_readiness(
    evidence: Evidence,
    account: Account,
    code: Row,
    member: str | None,
    readers: set[str],
    sure: set[str],
) -> None:
    keys = [(user, "ready" if user == member else "to_send", code["id"]) for user in readers]
    if member in {row["user_id"] for row in evidence.rows("account_holders")} and not sure:
        keys.append((str(member), "to_send", code["id"]))
    for key in keys:
        account.expect(key, surely=key[0] in sure and not ended(code))
    if not sure and not ended(code) and any(evidence.is_here(key[0]) for key in keys):
        # Of one whose holder has left before they were told, the account holders hear just that.
        left = [(row["user_id"], "left", code["id"]) for row in evidence.rows("account_holders")]
        account.one_of.append([*keys, *left])
    _of_approval(evidence, account, code, member)
    _of_sending(evidence, account, code)


def _of_sending(evidence: Evidence, account: Account, code: Row) -> None:
    """Whoever asked, and is no account holder, hears that the code is on its way."""
    request = evidence.by_id("code_requests").get(code["request_id"] or "")
    if request is None or not audited(evidence, "slack:code:send", code_id=code["id"]):
        return
    asker = request["asked_by"]
    holds = any(row["user_id"] == asker for row in evidence.rows("account_holders"))
    surely = evidence.was_always_here(asker) and not holds
    account.expect((asker, "passed_on", matter_of(code["purpose"])), surely=surely)


def _of_approval(evidence: Evidence, account: Account, code: Row, member: str | None) -> None:
    """Whoever asked for somebody else hears that the code is made."""
    request = evidence.by_id("code_requests").get(code["request_id"] or "")
    if request is None or request["asked_by"] == member:
        return
    asker = request["asked_by"]
    holds = any(row["user_id"] == asker for row in evidence.rows("account_holders"))
    surely = evidence.was_always_here(asker) and not holds and member is None
    account.expect((asker, "approved", matter_of(code["purpose"])), surely=surely)


def _of_expiry(
    evidence: Evidence, account: Account, code: Row, readers: set[str], sure: set[str]
) -> None:
    calm = len(_told_when_calm(evidence, code))
    expired = len(audited(evidence, "bot:code:expire", code_id=code["id"]))
    for user in readers:
        key = (user, "expires", code["id"])
        account.expect(key, surely=False, times=3)
        account.least[key] += calm if user in sure else 0
        is_over = expired > 0 and code["state"] == "expired"
        account.expect(
            (user, "expired", code["id"]), surely=is_over and user in sure, times=expired
        )


def _told_when_calm(evidence: Evidence, code: Row) -> set[int]:
    """The days before expiry that passed under the eyes of a bot that was well."""
    days = set()
    for earlier, later in pairwise(NOTICE_DAYS):
        begins = code["expires_at"] - timedelta(days=earlier) + MORNING_AFTER + CLOCKS_DIFFER
        ends = code["expires_at"] - timedelta(days=later) - CLOCKS_DIFFER
        ends -= MORNING_BEFORE if later else timedelta()
        if not ended(code) and any(begins <= at < ends for at in evidence.calm_at):
            days.add(earlier)
    return days


def _of_revoking(evidence: Evidence, account: Account, code: Row, member: str | None) -> None:
    for event in audited(evidence, "slack:code:revoke", code_id=code["id"]):
        if member is not None and member != event["actor"]:
            surely = code["user_id"] == member and evidence.is_here(member)
            account.expect((member, "revoked", matter_of(code["purpose"])), surely=surely)
