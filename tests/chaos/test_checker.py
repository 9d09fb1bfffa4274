"""The checker finds each kind of violation: one that cannot fail would prove nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.chaos.checking import check
from tests.chaos.checking.evidence import Asked, Evidence, Member, Said, Sent, Trouble
from tests.chaos.checking.findings import Kind
from tests.chaos.checking.questions import SORRY

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
Row = dict[str, Any]


def found(evidence: Evidence) -> set[Kind]:
    return {finding.kind for finding in check(evidence)}


# A small world in which all is well: Kari has asked, Ola has approved, the code is ready.


def audit(number: int, action: str, actor: str, **about: str) -> Row:
    nothing = {"request_id": None, "code_id": None, "person_id": None}
    return {"id": f"a{number}", "at": NOW, "action": action, "actor": actor, **nothing, **about}


REQUEST: Row = {
    "id": "r1", "asked_by": "KARI", "purpose": "sak-1", "submission_id": "v1", "state": "approved",
    "asked_at": NOW, "decided_at": LATER, "decided_by": "OLA", "code_id": None,
}  # fmt: skip
CODE: Row = {
    "id": "c1", "person_id": "p1", "confirmation_id": "w1", "request_id": "r1", "user_id": "KARI",
    "purpose": "sak-1", "state": "active", "made_at": LATER, "made_by": "OLA",
    "expires_at": LATER + timedelta(days=60), "replaces_id": None,
}  # fmt: skip
WORD: Row = {
    "id": "w1", "person_id": "p1", "account_holder_id": "h1", "confirmed_at": LATER,
    "withdrawn_at": None,
}  # fmt: skip
HOLDER: Row = {"id": "h1", "user_id": "OLA", "added_at": NOW, "removed_at": None}
NOTICE: Row = {
    "id": "n3", "kind": "code_ready", "recipient": "KARI", "request_id": "r1", "state": "delivered",
    "due_at": None, "error": None, "created_at": NOW,
}  # fmt: skip
SENT = Said(
    "KARI", NOW, "Forespørselen er sendt", "", "n1", {"withdraw_request": "r1"},
    "Forespørselen er godkjent",
)  # fmt: skip
ASKED = Said(
    "OLA", NOW, "@Kari ber om godkjenningskode.", "", "n2", {"approve": "r1", "decline": "r1"},
    "Forespørselen er godkjent av @Ola",
)  # fmt: skip
READY = Said("KARI", LATER, "Koden din er klar", "sak-1", "n3", {"show_code": "c1"})
QUESTION = Asked("KARI", "Når går koden ut?", "", "1.0", NOW, is_taken=True)
ANSWER = Said("KARI", NOW, "Når går koden ut?", "60 dager", "n4")
ALOUD = Asked("KARI", "Hvordan ser koden ut?", "C1", "2.0", NOW, is_taken=True)
ANSWER_ALOUD = Said("C1", NOW, "Hvordan ser koden ut?", "slik", "n5", thread="2.0")


def ledger(**changes: list[Row]) -> dict[str, list[Row]]:
    return {
        "organisations": [{"id": "o1", "short_name": "RodeKors"}],
        "account_holders": [HOLDER],
        "people": [{"id": "p1", "email": "kari@example.org"}],
        "code_requests": [REQUEST],
        "codes": [CODE],
        "confirmations": [WORD],
        "outbox": [NOTICE],
        "audit": [
            audit(1, "slack:request:ask", "KARI", request_id="r1"),
            audit(2, "slack:request:approve", "OLA", request_id="r1") | {"at": LATER},
            audit(3, "slack:code:make", "OLA", request_id="r1", code_id="c1"),
        ],
        **changes,
    }


def world(**changes: Any) -> Evidence:
    well = Evidence(
        ledger=ledger(),
        said=[SENT, ASKED, READY, ANSWER, ANSWER_ALOUD],
        asked=[QUESTION, ALOUD],
        sent=[
            Sent("request_form", "KARI", matter="sak-1"),
            Sent("approve_request", "OLA", request_id="r1"),
        ],
        members={"KARI": Member("kari@example.org"), "OLA": Member("ola@example.org")},
        writings=[("message", "Koden din er klar"), ("answer", "123a4567@MyNGOname")],
    )
    return replace(well, **changes)


def without(*unsaid: Said) -> list[Said]:
    return [said for said in world().said if said not in unsaid]


def but(table: str, row: Row, **changes: Any) -> Evidence:
    """A world in which one row of the ledger is another."""
    return world(ledger=ledger(**{table: [{**row, **changes}]}))


def test_where_all_is_well_nothing_is_found() -> None:
    assert check(world()) == []


LOST: dict[str, Evidence] = {
    "that the code is ready": world(said=without(READY)),
    "an answer": world(said=without(ANSWER)),
    "an answer in a channel": world(said=without(ANSWER_ALOUD)),
    "a form that was acknowledged": world(
        sent=[Sent("request_form", "KARI", matter="sak-2")]
    ),
    "a decision that was acknowledged": world(
        sent=[Sent("decline_request", "OLA", request_id="r1")]
    ),
    "what is parked for somebody who is there": but("outbox", NOTICE, state="parked"),
    "what was delivered, it says": but("outbox", NOTICE, id="n9"),
}  # fmt: skip


@pytest.mark.parametrize("what", LOST)
def test_what_is_lost_is_found(what: str) -> None:
    assert found(LOST[what]) == {Kind.LOST}


def pending() -> Evidence:
    """Before Ola has decided."""
    asked = [audit(1, "slack:request:ask", "KARI", request_id="r1")]
    waits = {**REQUEST, "state": "pending", "decided_at": None, "decided_by": None}
    rows = ledger(code_requests=[waits], codes=[], outbox=[], audit=asked)
    shown = [
        replace(said, buttons_now=frozenset(said.buttons), text_now=said.title)
        for said in (SENT, ASKED)
    ]
    return world(ledger=rows, said=shown, asked=[], sent=[])


def nudged(*shown: Said) -> Evidence:
    """Kari has asked for an answer once more, and these stand there."""
    before = pending()
    (sent, _), audit_rows = before.said, before.rows("audit")
    again = audit(2, "slack:request:nudge", "KARI", request_id="r1")
    rows = {**before.ledger, "audit": [*audit_rows, again]}
    return replace(before, ledger=rows, said=[sent, *shown])


TAKEN_AWAY = replace(ASKED, text_now="", buttons_now=frozenset(), is_taken_away=True)
ANEW = replace(
    ASKED,
    at=LATER,
    notice="n6",
    buttons_now=frozenset({"approve", "decline"}),
    text_now=ASKED.title,
)


def test_what_comes_up_anew_is_taken_away_where_it_stood() -> None:
    assert check(nudged(TAKEN_AWAY, ANEW)) == []


def test_what_is_taken_away_and_comes_up_nowhere_is_found() -> None:
    assert found(nudged(TAKEN_AWAY)) == {Kind.LOST}
    assert found(replace(pending(), said=[pending().said[0], TAKEN_AWAY])) == {Kind.LOST}


def test_that_a_code_is_sent_is_told_to_whoever_asked() -> None:
    """For somebody outside Slack."""
    outside = {"id": "p1", "email": "nils@example.net"}
    code = {**CODE, "user_id": None}
    sent = audit(4, "slack:code:send", "OLA", code_id="c1") | {"at": LATER}
    rows = ledger(people=[outside], codes=[code], audit=[*ledger()["audit"], sent])
    rows["outbox"] = []
    to_send = Said("OLA", LATER, "Send koden til Nils", "sak-1", "n3", {"show_code": "c1"})
    approved = Said("KARI", LATER, "Koden til Nils er laget", "sak-1", "n7")
    told = Said("KARI", LATER, "Koden til Nils er sendt", "sak-1", "n8")
    shown = [*without(READY), to_send, approved]
    assert check(world(ledger=rows, said=[*shown, told])) == []
    assert found(world(ledger=rows, said=shown)) == {Kind.LOST}
    assert found(world(ledger=rows, said=[*shown, told, replace(told, notice="n9")])) == {
        Kind.DOUBLED
    }


@pytest.mark.parametrize("number", [0, 1])
def test_a_request_of_which_somebody_has_not_heard_is_found(number: int) -> None:
    waiting = pending()
    assert found(waiting) == set()
    heard = [said for said in waiting.said if said is not waiting.said[number]]
    assert found(replace(waiting, said=heard)) == {Kind.LOST}


def test_what_is_dropped_though_it_holds_is_found() -> None:
    notice = {**NOTICE, "kind": "request_asked", "recipient": "OLA", "state": "dropped"}
    waiting = pending()
    dropped = replace(waiting, ledger={**waiting.ledger, "outbox": [notice]})
    assert found(dropped) == {Kind.LOST}


def with_action(action: str, actor: str, **changes: Any) -> Evidence:
    """What became of the request and its code otherwise."""
    rows = ledger(**changes)
    return world(ledger={**rows, "audit": [*rows["audit"], audit(9, action, actor, code_id="c1")]})


def test_a_withdrawal_of_which_the_holder_has_not_heard_is_found() -> None:
    assert found(with_action("slack:code:revoke", "OLA", codes=[{**CODE, "state": "revoked"}])) == {
        Kind.LOST
    }


def test_an_expiry_of_which_the_holder_has_not_heard_is_found() -> None:
    expired = [{**CODE, "state": "expired"}]
    assert found(with_action("bot:code:expire", "bot", codes=expired)) == {Kind.LOST}


def test_a_notice_that_was_to_be_given_when_all_was_calm_is_found_missing() -> None:
    calm = [CODE["expires_at"] - timedelta(days=10)]
    assert found(world(calm_at=calm)) == {Kind.LOST}
    told = Said("KARI", calm[0], "Koden går ut om 10 dager", "", "n6", {"refresh_code": "c1"})
    assert found(world(calm_at=calm, said=[*world().said, told])) == set()


def test_a_reminder_that_was_to_be_given_when_all_was_calm_is_found_missing() -> None:
    calm = NOW + timedelta(days=2)
    waiting = replace(pending(), calm_at=[calm])
    assert found(waiting) == {Kind.LOST}
    told = Said("OLA", calm, "1 forespørsel venter på svar", "", "n7")
    assert found(replace(waiting, said=[*waiting.said, told])) == set()


@pytest.mark.parametrize(
    "again", [SENT, ASKED, READY, ANSWER, ANSWER_ALOUD], ids=lambda said: said.notice
)
def test_what_is_said_twice_is_found(again: Said) -> None:
    assert found(world(said=[*world().said, again])) == {Kind.DOUBLED}
    other = replace(again, notice="n9")
    assert found(world(said=[*world().said, other])) == {Kind.DOUBLED}


def test_what_slack_was_still_at_is_a_limit_where_a_lease_was_cut_short() -> None:
    late = replace(READY, is_overtaken=True)
    assert found(world(overtaken=[late])) == {Kind.DOUBLED}
    jump = Trouble("clock jumps forwards", READY.at, READY.at + timedelta(seconds=1))
    assert found(world(overtaken=[late], troubles=[jump])) == {Kind.DOUBLED}
    killed = replace(jump, kind="killed")
    assert found(world(overtaken=[late], troubles=[jump, killed])) == {Kind.OVERTAKEN}


def test_a_form_that_was_taken_twice_is_found() -> None:
    second = {**REQUEST, "id": "r2", "state": "withdrawn", "decided_by": "KARI"}
    rows = ledger(code_requests=[REQUEST, second])
    assert Kind.DOUBLED in found(world(ledger=rows))


def gone(**since: float) -> Evidence:
    at = LATER - timedelta(**since)
    members = {"KARI": Member("kari@example.org", has_left=True, gone_since=at)}
    return world(members={**world().members, **members})


def test_what_is_said_to_somebody_who_was_gone_is_found() -> None:
    assert found(gone(seconds=11)) == {Kind.GONE}


def test_what_was_on_its_way_as_somebody_left_is_no_violation() -> None:
    assert found(gone(seconds=9)) == set()
    leapt = replace(gone(hours=2), leaps=[(LATER - timedelta(hours=1), timedelta(hours=2))])
    assert found(leapt) == set()


@pytest.mark.parametrize("where", ["message", "call chat.update", "log line", "row of questions"])
def test_a_code_in_the_open_is_found(where: str) -> None:
    assert found(world(writings=[(where, '{"text": "koden er abcd2345@RodeKors."}')])) == {
        Kind.OPEN
    }


def test_a_request_that_was_decided_twice_is_found() -> None:
    rows = ledger()
    again = audit(9, "slack:request:decline", "OLA", request_id="r1")
    assert found(world(ledger={**rows, "audit": [*rows["audit"], again]})) == {Kind.DECIDED_TWICE}


def test_a_decision_that_the_audit_gives_to_somebody_else_is_found() -> None:
    changed = but("code_requests", REQUEST, decided_by="ANNE")
    assert Kind.DECIDED_TWICE in found(changed)


def test_two_codes_for_one_request_are_found() -> None:
    rows = ledger(codes=[CODE, {**CODE, "id": "c2"}])
    assert Kind.DECIDED_TWICE in found(world(ledger=rows))


UNFOUNDED: dict[str, Evidence] = {
    "no confirmation": world(ledger=ledger(confirmations=[])),
    "another person's": but("confirmations", WORD, person_id="p2"),
    "withdrawn before": but("confirmations", WORD, withdrawn_at=NOW - timedelta(days=1)),
    "by somebody who was account holder no longer": but(
        "account_holders", HOLDER, removed_at=NOW - timedelta(days=1)
    ),
}


@pytest.mark.parametrize("why", UNFOUNDED)
def test_a_code_without_somebodys_word_is_found(why: str) -> None:
    assert found(UNFOUNDED[why]) - {Kind.UNCALLED} == {Kind.UNFOUNDED}


def test_what_is_said_to_somebody_whom_it_is_not_for_is_found() -> None:
    assert found(world(said=[*world().said, replace(READY, to="OLA", notice="n9")])) == {
        Kind.UNCALLED
    }


def given_up(**changes: Any) -> Evidence:
    asked = replace(QUESTION, is_taken=False, is_given_up=True, was_refused_last=True)
    return world(asked=[replace(asked, **changes)], said=without(ANSWER, ANSWER_ALOUD))


def test_a_question_that_was_given_up_without_a_word_is_found() -> None:
    assert found(given_up()) == {Kind.WORDLESS}


def test_a_question_that_was_given_up_with_a_word_is_none() -> None:
    sorry = Said("KARI", NOW, "Noe gikk galt", SORRY)
    evidence = given_up()
    assert found(replace(evidence, said=[*evidence.said, sorry])) == set()


def test_where_nobody_was_there_to_say_a_word_it_is_counted_apart() -> None:
    assert found(given_up(was_refused_last=False)) == {Kind.NOBODY_THERE}
    trouble = Trouble("Slack is silent", NOW, NOW + timedelta(seconds=3))
    assert found(replace(given_up(), troubles=[trouble])) == {Kind.NO_WORD_POSSIBLE}


STALE: dict[str, Said] = {
    "still has its buttons": replace(ASKED, buttons_now=frozenset({"approve", "decline"})),
    "does not say what was decided": replace(ASKED, text_now="@Kari ber om godkjenningskode."),
    "says something else": replace(SENT, text_now="Forespørselen er avslått"),
    "can still be withdrawn": replace(SENT, buttons_now=frozenset({"withdraw_request"})),
}


@pytest.mark.parametrize("how", STALE)
def test_a_copy_that_was_not_brought_up_to_date_is_found(how: str) -> None:
    stale = STALE[how]
    others = [said for said in world().said if said.notice != stale.notice]
    assert found(world(said=[*others, stale])) == {Kind.STALE}


def test_a_copy_that_nobody_reads_any_more_is_counted_apart() -> None:
    parked = {**NOTICE, "id": "n2", "recipient": "OLA", "state": "parked", "ts": None}
    stale = replace(ASKED, buttons_now=frozenset({"approve"}))
    rows = ledger(outbox=[NOTICE, parked])
    members = {**world().members, "OLA": Member("ola@example.org", has_left=True)}
    shown = [stale, *without(ASKED)]
    assert found(world(ledger=rows, said=shown, members=members)) == {Kind.NOBODY_READS}
    assert Kind.STALE in found(world(ledger=rows, said=shown))
    delivered = ledger(outbox=[NOTICE, {**parked, "state": "delivered", "ts": "9.0"}])
    assert Kind.STALE in found(world(ledger=delivered, said=shown, members=members))


def test_what_still_waits_in_the_outbox_is_found() -> None:
    assert found(but("outbox", NOTICE, due_at=LATER)) == {Kind.WAITING}


def test_what_slack_would_not_take_is_found() -> None:
    assert found(world(complaints=["invalid_blocks: chat.postMessage"])) == {Kind.REFUSED}


MAY_HAVE_BEEN_SAID: dict[str, Callable[[], Evidence]] = {
    "its sending was not heard of": lambda: world(
        said=without(ANSWER_ALOUD), failed_posts=frozenset({"2.0"})
    ),
    "the process died near it": lambda: world(
        said=without(ANSWER_ALOUD), troubles=[Trouble("killed", NOW, LATER)]
    ),
}


@pytest.mark.parametrize("why", MAY_HAVE_BEEN_SAID)
def test_an_answer_in_public_that_may_have_been_said_is_counted_apart(why: str) -> None:
    assert found(MAY_HAVE_BEEN_SAID[why]()) == {Kind.RATHER_NOT_REPEATED}
    assert not Kind.RATHER_NOT_REPEATED.is_violation


def test_trouble_long_ago_explains_nothing() -> None:
    long_ago = Trouble("killed", NOW - timedelta(minutes=5), NOW - timedelta(minutes=4))
    assert found(world(said=without(ANSWER_ALOUD), troubles=[long_ago])) == {Kind.LOST}
