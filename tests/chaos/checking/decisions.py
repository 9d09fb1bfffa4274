"""One decision for each request, and under each code an account holder's word."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.checking.evidence import Evidence, Row, Sent
from tests.chaos.checking.findings import Finding, Kind
from tests.chaos.checking.reading import CLOCKS_DIFFER, audited

DECISIONS = {
    "approved": "slack:request:approve",
    "declined": "slack:request:decline",
    "withdrawn": "slack:request:withdraw",
    "lapsed": "bot:request:lapse",
}


def look(evidence: Evidence) -> Iterator[Finding]:
    for request in evidence.rows("code_requests"):
        yield from _of_request(evidence, request)
    for code in evidence.rows("codes"):
        yield from _of_code(evidence, code)
    for sent in evidence.sent:
        yield from _of_form(evidence, sent)
    matters = Counter(row["submission_id"] for row in evidence.rows("code_requests"))
    for form, count in matters.items():
        if form and count > 1:
            yield Finding(Kind.DOUBLED, f"form {form}")


def _of_request(evidence: Evidence, request: Row) -> Iterator[Finding]:
    events = audited(evidence, *DECISIONS.values(), request_id=request["id"])
    expected = DECISIONS.get(request["state"])
    kept = [(event["action"], event["actor"]) for event in events]
    if kept != ([(expected, request["decided_by"])] if expected else []):
        yield Finding(Kind.DECIDED_TWICE, f"request {request['id']} {request['state']} {kept}")
    if len(audited(evidence, "slack:request:ask", request_id=request["id"])) != 1:
        yield Finding(Kind.DECIDED_TWICE, f"request {request['id']} was not asked once")
    codes = [code for code in evidence.rows("codes") if code["request_id"] == request["id"]]
    if len(codes) != (request["state"] == "approved"):
        yield Finding(Kind.DECIDED_TWICE, f"request {request['id']} has {len(codes)} codes")


def _of_code(evidence: Evidence, code: Row) -> Iterator[Finding]:
    about = f"code {code['id']}"
    if not _is_founded(evidence, code):
        yield Finding(Kind.UNFOUNDED, about)
    if len(audited(evidence, "slack:code:make", "slack:code:refresh", code_id=code["id"])) != 1:
        yield Finding(Kind.UNFOUNDED, f"{about} was not made once")
    newer = [each for each in evidence.rows("codes") if each["replaces_id"] == code["id"]]
    if len(newer) != (code["state"] == "replaced"):
        yield Finding(Kind.DECIDED_TWICE, f"{about} is {code['state']} and has {len(newer)} newer")


def _is_founded(evidence: Evidence, code: Row) -> bool:
    word = evidence.by_id("confirmations").get(code["confirmation_id"])
    if word is None or word["person_id"] != code["person_id"]:
        return False
    holder = evidence.by_id("account_holders").get(word["account_holder_id"])
    if holder is None or not _held(holder, word):
        return False
    withdrawn = word["withdrawn_at"]
    return withdrawn is None or bool(withdrawn >= code["made_at"] - CLOCKS_DIFFER)


def _held(holder: Row, word: Row) -> bool:
    """Whether they were account holder when they gave it."""
    removed = holder["removed_at"]
    began = holder["added_at"] <= word["confirmed_at"] + CLOCKS_DIFFER
    return bool(began and (removed is None or removed >= word["confirmed_at"] - CLOCKS_DIFFER))


def _of_form(evidence: Evidence, sent: Sent) -> Iterator[Finding]:
    """What was acknowledged is in the ledger."""
    requests = evidence.rows("code_requests")
    if sent.matter:
        found = [r for r in requests if r["purpose"] == sent.matter and r["submission_id"]]
    else:
        found = [r for r in requests if r["id"] == sent.request_id and _is_as_sent(r, sent)]
    if not found:
        yield Finding(Kind.LOST, f"form {sent.form} {sent.matter or sent.request_id} of {sent.by}")
    if len(found) > 1:
        yield Finding(Kind.DOUBLED, f"form {sent.form} {sent.matter} of {sent.by}")


def _is_as_sent(request: Row, sent: Sent) -> bool:
    state = {"approve_request": "approved", "decline_request": "declined"}[sent.form]
    return request["state"] == state and bool(request["decided_by"] == sent.by)
