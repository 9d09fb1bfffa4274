"""Every copy of a request that was decided says so, and has no buttons to decide it."""

from collections.abc import Iterator

from tests.chaos.checking.evidence import Evidence, Said
from tests.chaos.checking.findings import Finding, Kind
from tests.chaos.checking.reading import audited, subject_of

SAYS = {"approved": "godkjent", "declined": "avslått", "withdrawn": "trukket", "lapsed": "utløpt"}
TO_DECIDE = frozenset(("approve", "decline", "withdraw_request"))


def look(evidence: Evidence) -> Iterator[Finding]:
    requests = evidence.by_id("code_requests")
    for said in evidence.said:
        what, about = subject_of(said) or ("", "")
        if what not in ("sent", "asked"):
            continue
        request = requests.get(about)
        if request is not None and said.is_taken_away:
            if not _came_up_anew(evidence, said, about):
                yield Finding(Kind.LOST, f"taken away: {what} {about} from {said.to}")
        elif request is None or not _is_right(said, request["state"]):
            kind = Kind.NOBODY_READS if _is_closed(evidence, said) else Kind.STALE
            yield Finding(kind, f"{what} {about} to {said.to}")


def _came_up_anew(evidence: Evidence, old: Said, about: str) -> bool:
    """What is taken away stands further down, for an answer was asked for once more; unless that
    was settled before it could be said."""
    nudges = audited(evidence, "slack:request:nudge", request_id=about)
    request = evidence.by_id("code_requests")[about]
    others = (
        said
        for said in evidence.said
        if said.to == old.to and said.at > old.at and subject_of(said) == ("asked", about)
    )
    return bool(nudges) and (any(others) or request["state"] != "pending")


def _is_closed(evidence: Evidence, said: Said) -> bool:
    """Its reader has left, and Slack lets nobody look there for a copy that may have been said."""
    notice = evidence.by_id("outbox").get(said.notice)
    is_lost = notice is not None and notice["ts"] is None
    return is_lost and not evidence.is_here(said.to)


def _is_right(said: Said, state: str) -> bool:
    if state == "pending":
        return bool(said.buttons_now & TO_DECIDE)
    return SAYS[state] in said.text_now.lower() and not said.buttons_now & TO_DECIDE
