"""What time brings to the register of authority: it ends for whoever was confirmed for a time, and
once a year account holders are asked about all. They read of both in one list of whom to confirm
anew, which is kept up to date and goes when nobody is in it."""

from storage import audit, mirroring, outbox, requests
from storage.authority import PERSON_BESIDE, person_of
from storage.desk import DecidingDesk
from storage.notice_times import next_review, next_term_notice
from storage.outbox import AUTHORITY_CHECK, NewNotice
from storage.records import BOT, REVIEW_PASSES_OVER, Action, OrganisationState, Turn
from storage.register import is_anybody_unconfirmed_since
from storage.schema import confirmations, organisations, people
from storage.sql import bindparam, select, update

TERMS_DUE = (
    select(confirmations.c.organisation_id)
    .where(confirmations.c.next_notice_at <= bindparam("now"))
    .order_by(confirmations.c.next_notice_at)
    .limit(bindparam("most"))
)
REVIEWS_DUE = (
    select(organisations.c.id.label("organisation_id"))
    .where(organisations.c.next_review_at <= bindparam("now"))
    .order_by(organisations.c.next_review_at)
    .limit(bindparam("most"))
)
_DUE = (
    select(confirmations.c.id, confirmations.c.valid_until, *PERSON_BESIDE)
    .join(people, people.c.id == confirmations.c.person_id)
    .where(
        confirmations.c.organisation_id == bindparam("of_organisation"),
        confirmations.c.next_notice_at <= bindparam("now"),
    )
    .order_by(confirmations.c.next_notice_at, confirmations.c.id)
)
_TOLD = (
    update(confirmations)
    .where(confirmations.c.id == bindparam("confirmation_id"))
    .values(next_notice_at=bindparam("next_at"))
)
_REVIEW = (
    update(organisations)
    .where(
        organisations.c.id == bindparam("of_organisation"),
        organisations.c.next_review_at <= bindparam("now"),
    )
    .values(review_before=bindparam("before"), next_review_at=bindparam("next_at"))
    .returning(organisations.c.id)
)


async def keep_time(desk: DecidingDesk) -> None:
    """Tell of those whose authority ends soon, and of those for whom it has ended."""
    due = await desk.rows(_DUE, now=desk.now)
    told = [
        {"confirmation_id": row["id"], "next_at": next_term_notice(row["valid_until"], desk.now)}
        for row in due
    ]
    await desk.transaction.run_many(_TOLD, told)
    for row in due:
        if row["valid_until"] <= desk.now:
            person = person_of(row)
            await audit.record(desk, BOT, Action.AUTHORITY_ENDED, person_id=person.id)
            await requests.shown_beside(desk, person)
    if due:
        await _ask(desk, due[0]["id"])


async def review(desk: DecidingDesk) -> None:
    """Ask about everybody but those who have been confirmed lately. Once: another process may have
    asked already."""
    before, next_at = desk.now - REVIEW_PASSES_OVER, next_review(desk.now)
    if await desk.row(_REVIEW, now=desk.now, before=before, next_at=next_at) is None:
        return
    await desk.read_standing_again()
    if await is_anybody_unconfirmed_since(desk, before):
        await audit.record(desk, BOT, Action.AUTHORITY_REVIEWED)
        await _ask(desk, desk.organisation.id)


async def _ask(desk: DecidingDesk, about: str) -> None:
    """The new list takes the place of the one before."""
    if desk.organisation.state is not OrganisationState.APPROVED:
        return
    await mirroring.mirror_checks(desk)
    about = f"{about}:{desk.now:%Y%m%d%H%M%S}"
    told = desk.standing.holders or (None,)
    checks = (NewNotice(AUTHORITY_CHECK, user, about=about, turn=Turn.TIME) for user in told)
    await outbox.tell(desk, *checks)
