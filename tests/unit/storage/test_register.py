"""The register of authority: who stands in it, for how long, and who changes what of it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import (
    audit,
    authority,
    codes,
    decisions,
    due,
    holding,
    making,
    meeting,
    register,
    registering,
    requests,
    terms,
    vouching,
)
from storage.desk import DecidingDesk
from storage.notice_times import next_review, next_term_notice, prolonged
from storage.outbox import AUTHORITY_CHECK
from storage.records import (
    OPERATOR,
    OSLO,
    TERM_NOTICE_DAYS,
    Action,
    CodeState,
    Person,
    PersonDetails,
    Reason,
    RequestState,
    Role,
    sort_key,
)
from storage.refusals import (
    AlreadyRegistered,
    DeclinedBefore,
    NoAuthority,
    NotAccountHolder,
    NotFound,
    Refusal,
    TermPassed,
    TermTooLong,
    WithdrawnBefore,
    WordChanged,
)
from storage.register import Registered
from storage.schema import outbox, people
from storage.sql import bindparam, select
from storage.vouching import AUTHORITY_WITHDRAWN, Seen, Term
from tests.conftest import TravellingClock
from tests.unit.storage.cast import ANNE, KARI, OLA, PER, Office, details

Work = Callable[[DecidingDesk], Awaitable[object]]

_TOLD = select(outbox.c.recipient).where(
    outbox.c.organisation_id == bindparam("of_organisation"), outbox.c.kind == bindparam("kind")
)

_EVERYBODY = select(people.c.first_name).where(
    people.c.organisation_id == bindparam("of_organisation")
)


async def told(office: Office, kind: str) -> list[str | None]:
    async with office.looking() as desk:
        return sorted(row["recipient"] or "" for row in await desk.rows(_TOLD, kind=kind))


async def decide(office: Office, work: Work) -> None:
    async with office.deciding() as desk:
        await work(desk)


async def enter(
    office: Office,
    person: PersonDetails | None = None,
    *,
    by: str = OLA,
    last: date | None = None,
    knows: str = "",
) -> None:
    term = Term(last)
    await decide(
        office, lambda desk: vouching.enter(desk, person or details(), term, by, knows=knows)
    )


async def listed(office: Office, text: str = "") -> list[Registered]:
    async with office.looking() as desk:
        found = await register.page(desk, text, most=100, skip=0)
        assert len(found) == await register.count(desk, text)
        return found


async def only(office: Office) -> Registered:
    (entry,) = await listed(office)
    return entry


def seen(entry: Registered) -> Seen:
    return Seen(entry.person.id, entry.word.id)


async def withdraw(
    office: Office,
    entry: Registered,
    *,
    by: str = OLA,
    revokes: bool = False,
    declines: bool = False,
) -> None:
    async with office.deciding() as desk:
        await vouching.withdraw(desk, seen(entry), by, revokes=revokes, declines=declines)


async def in_slack(office: Office, person: Person, user_id: str) -> None:
    async with office.asking() as desk:
        await meeting.note_lookup(desk, person.id, user_id, person.name)


async def actions(office: Office) -> list[Action]:
    async with office.looking() as desk:
        return [row["action"] for row in await audit.history(desk)]


def today(clock: TravellingClock) -> date:
    return clock().astimezone(OSLO).date()


# Who stands in it


async def test_whoever_has_been_given_a_code_stands_in_it(office: Office) -> None:
    await office.code()
    entry = await only(office)
    assert (entry.person.name, entry.word.confirmed_by, entry.word.valid_until) == (
        "Kari Nordmann",
        OLA,
        None,
    )


async def test_nobody_stands_in_it_whom_nobody_has_confirmed(office: Office) -> None:
    await office.ask()
    assert await listed(office) == []


async def test_people_are_listed_by_name_as_norwegians_read_them(office: Office) -> None:
    names = ["Ærlig", "Åse", "Øyvind", "berit", "Zoé", "Aase", "Zoe", "Anne"]
    for name in names:
        await enter(office, details(name, email=f"{sort_key(name).encode().hex()}@example.org"))
    found = [entry.person.first_name for entry in await listed(office)]
    assert found[:2] == ["Anne", "berit"]
    assert set(found[2:4]) == {"Zoé", "Zoe"}
    assert found[4:6] == ["Ærlig", "Øyvind"]
    assert set(found[6:]) == {"Åse", "Aase"}


@given(st.text(max_size=60))
def test_the_order_of_a_name_is_that_of_its_small_letters(name: str) -> None:
    assert sort_key(name.lower()) == sort_key(name)


async def test_all_words_are_looked_for_in_name_and_address(office: Office) -> None:
    await enter(office, details("Kari", email="kari@lag.no"))
    await enter(office, details("Karianne", email="post@blåbær.no"))
    assert [e.person.first_name for e in await listed(office, "KARI lag")] == ["Kari"]
    assert [e.person.first_name for e in await listed(office, "blåbær NORDMANN")] == ["Karianne"]
    assert await listed(office, "kari%") == []
    assert len(await listed(office, "  ")) == 2


async def test_pages_follow_one_another(office: Office) -> None:
    for number in range(7):
        await enter(office, details(f"Navn{number}"))
    async with office.looking() as desk:
        pages = [await register.page(desk, "", most=3, skip=skip) for skip in (0, 3, 6)]
    found = [entry.person.first_name for page in pages for entry in page]
    assert found == [f"Navn{number}" for number in range(7)]


async def test_another_organisation_has_its_own(office: Office) -> None:
    neighbour = await Office.begin(office.database, team="T0NEXT", name="Naboen")
    await enter(neighbour)
    assert await listed(office) == []
    async with office.deciding() as desk:
        with pytest.raises(NotFound):
            await vouching.confirm_anew(desk, seen(await only(neighbour)), OLA)


# Entering


async def test_somebody_is_entered_and_may_then_be_given_a_code_by_refreshing(
    office: Office,
) -> None:
    await enter(office)
    assert Action.PERSON_ENTERED in await actions(office)
    async with office.looking() as desk:
        assert await authority.has_authority(desk, (await only(office)).person.id)


async def test_the_same_form_sent_twice_is_one_word(office: Office) -> None:
    await enter(office)
    await enter(office)
    assert (await actions(office)).count(Action.PERSON_ENTERED) == 1


async def test_whoever_stands_there_is_not_entered_again(office: Office) -> None:
    await enter(office, by=ANNE)
    with pytest.raises(AlreadyRegistered) as refusal:
        await enter(office, by=OLA)
    assert refusal.value.by == ANNE


async def test_what_a_colleague_declined_is_read_before_somebody_is_entered(
    office: Office,
) -> None:
    request_id = await office.ask()
    assert request_id
    async with office.deciding() as desk:
        await decisions.decline(desk, request_id, ANNE, Reason.UNKNOWN_PERSON, "")
    with pytest.raises(DeclinedBefore) as refusal:
        await enter(office)
    assert refusal.value.by == ANNE
    await enter(office, knows=request_id)
    assert (await only(office)).word.confirmed_by == OLA


async def test_what_a_colleague_withdrew_is_read_before_somebody_is_entered(
    office: Office,
) -> None:
    await enter(office)
    entry = await only(office)
    await withdraw(office, entry, by=ANNE)
    with pytest.raises(WithdrawnBefore) as refusal:
        await enter(office)
    assert refusal.value.by == ANNE
    await enter(office, knows=entry.word.id)
    assert (await only(office)).word.id != entry.word.id


async def test_of_two_words_against_somebody_the_later_is_read(
    office: Office, clock: TravellingClock
) -> None:
    await enter(office)
    entry = await only(office)
    clock.forward(hours=1)
    request_id = await office.ask()
    assert request_id
    await withdraw(office, entry, by=ANNE)
    clock.forward(hours=1)
    async with office.deciding() as desk:
        await decisions.decline(desk, request_id, ANNE, Reason.NO_AUTHORITY, "")
    with pytest.raises(DeclinedBefore):
        await enter(office, knows=entry.word.id)
    await enter(office, knows=request_id)


async def test_ones_own_no_is_known(office: Office) -> None:
    await enter(office)
    await withdraw(office, await only(office), by=OLA)
    await enter(office, by=OLA)
    await only(office)


@pytest.mark.parametrize("deed", ["enter", "confirm", "change", "withdraw"])
async def test_only_who_decides_does_any_of_it(office: Office, deed: str) -> None:
    await enter(office)
    entry = await only(office)
    works: dict[str, Work] = {
        "enter": lambda desk: vouching.enter(desk, details("Per"), Term(), PER),
        "confirm": lambda desk: vouching.confirm_anew(desk, seen(entry), PER),
        "change": lambda desk: vouching.change(desk, seen(entry), PER, Role.EMPLOYEE, Term()),
        "withdraw": lambda desk: vouching.withdraw(
            desk, seen(entry), PER, revokes=True, declines=True
        ),
    }
    with pytest.raises(NotAccountHolder):
        await decide(office, works[deed])
    assert await only(office) == entry


# Confirming anew, and changing


async def test_a_word_is_given_anew_and_once(office: Office, clock: TravellingClock) -> None:
    await enter(office, by=ANNE)
    entry = await only(office)
    clock.forward(days=1)
    for _ in range(2):
        await decide(office, lambda desk: vouching.confirm_anew(desk, seen(entry), OLA))
    anew = await only(office)
    assert (anew.word.confirmed_by, anew.word.confirmed_at) == (OLA, clock())
    assert (await actions(office)).count(Action.AUTHORITY_CONFIRMED) == 1


async def test_for_how_long_and_in_which_role_is_changed(
    office: Office, clock: TravellingClock
) -> None:
    await enter(office)
    last = today(clock) + timedelta(days=100)
    entry = await only(office)
    for _ in range(2):
        await decide(
            office,
            lambda desk: vouching.change(desk, seen(entry), OLA, Role.BOARD_MEMBER, Term(last)),
        )
    word = (await only(office)).word
    assert word.role is Role.BOARD_MEMBER
    assert word.valid_until is not None
    assert (word.valid_until - timedelta(seconds=1)).astimezone(OSLO).date() == last


@pytest.mark.parametrize("first", ["confirm", "change", "withdraw"])
@pytest.mark.parametrize("second", ["confirm", "change", "withdraw"])
async def test_whoever_comes_second_is_told_what_was_done(
    office: Office, first: str, second: str
) -> None:
    await enter(office)
    entry = await only(office)

    def deed(name: str, by: str) -> Work:
        works: dict[str, Work] = {
            "confirm": lambda desk: vouching.confirm_anew(desk, seen(entry), by),
            "change": lambda desk: vouching.change(desk, seen(entry), by, Role.OTHER, Term()),
            "withdraw": lambda desk: vouching.withdraw(
                desk, seen(entry), by, revokes=False, declines=False
            ),
        }
        return works[name]

    await decide(office, deed(first, ANNE))
    after = await listed(office)
    with pytest.raises(WordChanged) as refusal:
        await decide(office, deed(second, OLA))
    assert refusal.value.by == ANNE
    assert (refusal.value.word.withdrawn_at is not None) is (first == "withdraw")
    assert await listed(office) == after


@pytest.mark.parametrize(
    ("days", "refusal"), [(-1, TermPassed), (0, None), (3_600, None), (3_700, TermTooLong)]
)
async def test_the_last_day_is_today_or_later_and_within_ten_years(
    office: Office, clock: TravellingClock, days: int, refusal: type[Refusal] | None
) -> None:
    last = today(clock) + timedelta(days=days)
    if refusal:
        with pytest.raises(refusal):
            await enter(office, last=last)
        assert await listed(office) == []
    else:
        await enter(office, last=last)
        await only(office)


# Withdrawing


@pytest.mark.parametrize("revokes", [True, False])
@pytest.mark.parametrize("declines", [True, False])
async def test_authority_is_withdrawn_and_what_hangs_on_it_as_was_chosen(
    office: Office, revokes: bool, declines: bool
) -> None:
    code_id = await office.code()
    request_id = await office.ask(submission="V2")
    assert request_id
    entry = await only(office)
    await in_slack(office, entry.person, KARI)
    for _ in range(2):
        await withdraw(office, entry, revokes=revokes, declines=declines)
    assert await listed(office) == []
    async with office.looking() as desk:
        code = await codes.find(desk, code_id)
        request = await requests.find(desk, request_id)
        assert not await authority.has_authority(desk, entry.person.id)
    assert (code.state is CodeState.REVOKED) is revokes
    assert (request.state is RequestState.DECLINED) is declines
    assert request.reason is (Reason.NO_AUTHORITY if declines else None)
    assert await told(office, AUTHORITY_WITHDRAWN) == [KARI]
    assert (await actions(office)).count(Action.AUTHORITY_WITHDRAWN) == 1
    async with office.deciding() as desk:
        if not revokes:
            with pytest.raises(NoAuthority):
                await making.refresh(desk, code_id, OLA)


async def test_it_is_withdrawn_by_whichever_address(office: Office) -> None:
    await enter(office)
    await enter(office, details(email="kari@work.example"))
    for entry in await listed(office):
        await in_slack(office, entry.person, KARI)
    code_id = await office.code(details(email="kari@work.example"))
    entry = (await listed(office, "kari@example.org"))[0]
    await withdraw(office, entry, revokes=True)
    assert await listed(office) == []
    assert (await actions(office)).count(Action.AUTHORITY_WITHDRAWN) == 2
    async with office.looking() as desk:
        assert (await codes.find(desk, code_id)).state is CodeState.REVOKED


async def test_whoever_shares_an_address_keeps_what_is_theirs(office: Office) -> None:
    """A board with one address is one member in Slack, and several people."""
    shared = "styret@example.org"
    kept = await office.code(details("Per", email=shared))
    gone = await office.code(details("Kari", email=shared), submission="V2")
    waits = await office.ask(details("Per", email=shared), submission="V3")
    assert waits
    for entry in await listed(office):
        await in_slack(office, entry.person, KARI)
    kari = (await listed(office, "kari"))[0]
    async with office.looking() as desk:
        assert await vouching.count_beside(desk, kari.person) == (1, 0)
    await withdraw(office, kari, revokes=True, declines=True)
    assert [entry.person.first_name for entry in await listed(office)] == ["Per"]
    async with office.looking() as desk:
        states = [(await codes.find(desk, each)).state for each in (kept, gone)]
        assert (await requests.find(desk, waits)).state is RequestState.PENDING
    assert states == [CodeState.ACTIVE, CodeState.REVOKED]


async def test_what_a_colleague_withdrew_is_read_before_a_code_is_made(office: Office) -> None:
    await enter(office)
    entry = await only(office)
    await withdraw(office, entry, by=ANNE)
    form = requests.NewRequest(OLA, details(), "", "V9")

    async def make(knows: str = "") -> None:
        async with office.deciding() as desk:
            await decisions.make_at_once(desk, form, knows=knows)

    with pytest.raises(WithdrawnBefore) as refusal:
        await make()
    assert refusal.value.by == ANNE
    await make(entry.word.id)
    assert (await only(office)).word.confirmed_by == OLA


async def test_a_word_given_since_settles_a_colleagues_no(
    office: Office, clock: TravellingClock
) -> None:
    request_id = await office.ask()
    assert request_id
    async with office.deciding() as desk:
        await decisions.decline(desk, request_id, ANNE, Reason.UNKNOWN_PERSON, "")
    clock.forward(hours=1)
    await enter(office, by=OLA, knows=request_id)
    async with office.deciding() as desk:
        form = requests.NewRequest(OLA, details(), "", "V9")
        assert await decisions.make_at_once(desk, form)


async def test_each_end_of_somebodys_authority_is_in_the_history(office: Office) -> None:
    await enter(office)
    request_id = await office.ask()
    assert request_id
    async with office.deciding() as desk:
        await decisions.decline(desk, request_id, OLA, Reason.NO_AUTHORITY, "")
    assert Action.AUTHORITY_WITHDRAWN in await actions(office)


async def test_one_withdraws_ones_own_and_is_not_told(office: Office) -> None:
    await enter(office, details("Ola"))
    entry = await only(office)
    await in_slack(office, entry.person, OLA)
    await withdraw(office, entry)
    assert await told(office, AUTHORITY_WITHDRAWN) == []


# What time brings


async def test_authority_ends_with_its_last_day_and_a_code_is_refreshed_no_more(
    office: Office, clock: TravellingClock
) -> None:
    code_id = await office.code()
    last, entry = today(clock) + timedelta(days=5), await only(office)
    await decide(
        office, lambda desk: vouching.change(desk, seen(entry), OLA, Role.OTHER, Term(last))
    )
    midnight = datetime(last.year, last.month, last.day, tzinfo=OSLO) + timedelta(days=1)
    clock.now = midnight.astimezone(UTC) - timedelta(seconds=1)
    async with office.looking() as desk:
        assert await authority.has_authority(desk, entry.person.id)
    clock.forward(seconds=1)
    async with office.deciding() as desk:
        with pytest.raises(NoAuthority):
            await making.refresh(desk, code_id, OLA)
    assert len(await listed(office)) == 1


async def test_account_holders_are_told_thirty_and_seven_days_before_and_when_it_has_ended(
    office: Office, clock: TravellingClock
) -> None:
    await enter(office, last=today(clock) + timedelta(days=60))
    told_at: dict[int, int] = {}
    for day in range(70):
        await due.sweep(office.ledger)
        count = len(await told(office, AUTHORITY_CHECK))
        told_at.setdefault(count, day)
        clock.forward(days=1)
    assert told_at == {0: 0, 2: 31, 4: 54, 6: 61}
    assert (await actions(office)).count(Action.AUTHORITY_ENDED) == 1


async def test_whoever_decides_about_a_code_leaves_for_how_long_it_holds(
    office: Office, clock: TravellingClock
) -> None:
    await enter(office, last=today(clock) + timedelta(days=60))
    before = (await only(office)).word
    await office.code()
    after = (await only(office)).word
    assert after.id != before.id
    assert after.valid_until == before.valid_until
    clock.forward(days=70)
    await office.code(submission="V2")
    assert (await only(office)).word.valid_until is None


async def test_whoever_is_confirmed_meanwhile_is_not_asked_about(
    office: Office, clock: TravellingClock
) -> None:
    await enter(office, last=today(clock) + timedelta(days=40))
    clock.forward(days=20)
    await due.sweep(office.ledger)
    async with office.looking() as desk:
        (entry,) = await register.to_confirm(desk, most=10)
    await decide(office, lambda desk: vouching.confirm_anew(desk, seen(entry), ANNE))
    async with office.looking() as desk:
        assert await register.to_confirm(desk, most=10) == []
    clock.forward(days=30)
    await due.sweep(office.ledger)
    assert Action.AUTHORITY_ENDED not in await actions(office)


async def test_once_a_year_all_are_asked_about_but_whom_somebody_has_confirmed_lately(
    office: Office, clock: TravellingClock
) -> None:
    await enter(office, details("Gammel"))
    clock.now = next_review(clock())
    await due.sweep(office.ledger)
    next_at = next_review(clock())
    clock.now = next_at - timedelta(days=10)
    await enter(office, details("Nylig"))
    clock.now = next_at - timedelta(seconds=1)
    await due.sweep(office.ledger)
    assert await told(office, AUTHORITY_CHECK) == []
    clock.forward(seconds=1)
    await due.sweep(office.ledger)
    await due.sweep(office.ledger)
    assert await told(office, AUTHORITY_CHECK) == [ANNE, OLA]
    async with office.looking() as desk:
        names = [each.person.first_name for each in await register.to_confirm(desk, most=10)]
        assert desk.organisation.next_review_at == next_review(clock())
    assert names == ["Gammel"]


async def test_two_processes_ask_once(office: Office, clock: TravellingClock) -> None:
    await enter(office)
    clock.now = next_review(next_review(clock()))
    for _ in range(2):
        await decide(office, terms.review)
    assert (await actions(office)).count(Action.AUTHORITY_REVIEWED) == 1


async def test_whoever_is_vouched_for_is_looked_up_though_they_have_nothing_yet(
    office: Office, clock: TravellingClock
) -> None:
    """Whoever leaves the workspace has authority no more: so it must be known who they are."""
    await enter(office)
    async with office.looking() as desk:
        (person,) = await meeting.unknown_with_something_living(desk, clock())
    assert person.first_name == "Kari"


async def test_nobody_is_asked_where_there_is_nobody_to_ask_about(
    office: Office, clock: TravellingClock
) -> None:
    clock.forward(days=800)
    await due.sweep(office.ledger)
    assert await told(office, AUTHORITY_CHECK) == []


async def test_while_there_is_nobody_to_ask_it_waits_for_somebody(
    office: Office, clock: TravellingClock
) -> None:
    await enter(office)
    for user in (OLA, ANNE):
        await decide(
            office,
            lambda desk, user=user: holding.remove(desk, user, OPERATOR, even_the_last=True),  # type: ignore[misc]
        )
    clock.forward(days=400)
    await due.sweep(office.ledger)
    assert await told(office, AUTHORITY_CHECK) == [""]


async def test_an_organisation_that_is_suspended_is_not_asked(
    office: Office, clock: TravellingClock
) -> None:
    await enter(office)
    async with office.deciding() as desk:
        await registering.suspend(desk)
    clock.forward(days=400)
    await due.sweep(office.ledger)
    assert await told(office, AUTHORITY_CHECK) == []


MOMENTS = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 - its own zone is below
    max_value=datetime(2060, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(MOMENTS)
def test_the_next_review_is_in_the_morning_of_a_day_in_april_within_a_year(
    moment: datetime,
) -> None:
    review = next_review(moment)
    here = review.astimezone(OSLO)
    assert (here.month, here.day, here.hour) == (4, 15, 8)
    assert timedelta() < review - moment <= timedelta(days=366)


@given(MOMENTS, st.integers(0, 3_000))
def test_what_is_told_of_a_term_is_told_in_the_morning_and_then_no_more(
    moment: datetime, days: int
) -> None:
    until = Term(moment.astimezone(OSLO).date() + timedelta(days=days)).ends_at(moment)
    assert until is not None
    times = []
    after = moment
    while (told := next_term_notice(until, after)) is not None:
        times.append(told)
        after = told
    after_it = until.astimezone(OSLO).date()
    before = [(after_it - each.astimezone(OSLO).date()).days for each in times]
    assert before == sorted({*before}, reverse=True)
    assert {*before} <= {*TERM_NOTICE_DAYS, 0}
    assert before[-1] == 0
    assert all(until < register.end_of_notice(each) for each in times)  # they are in what is told
    assert all(each.astimezone(OSLO).hour == 8 for each in times)


@given(MOMENTS, st.integers(-3_000, 3_000))
def test_a_word_given_again_holds_for_most_of_a_year_at_least(moment: datetime, days: int) -> None:
    midnight = moment.astimezone(OSLO).replace(hour=0, minute=0, second=0, microsecond=0)
    until = (midnight + timedelta(days=days)).astimezone(UTC)
    later = prolonged(until, moment)
    assert later is not None
    assert later >= until
    assert later - moment >= timedelta(days=183)
    assert later == until or later - moment <= timedelta(days=183 + 367)
    assert prolonged(None, moment) is None


# How long it is kept


async def test_whoever_was_confirmed_lately_stays_and_goes_when_that_is_long_ago(
    office: Office, clock: TravellingClock
) -> None:
    await office.code()
    clock.forward(days=60)
    await due.sweep(office.ledger)
    clock.forward(days=2 * 365)
    entry = await only(office)
    await decide(office, lambda desk: vouching.confirm_anew(desk, seen(entry), OLA))
    clock.forward(days=2 * 365)
    await due.sweep(office.ledger)
    assert len(await listed(office)) == 1
    clock.forward(days=2 * 365)
    await due.sweep(office.ledger)
    assert await listed(office) == []


async def test_whoever_was_only_entered_goes_when_that_is_long_ago(
    office: Office, clock: TravellingClock
) -> None:
    await enter(office)
    clock.forward(days=3 * 365 - 1)
    await due.sweep(office.ledger)
    assert len(await listed(office)) == 1
    clock.forward(days=2)
    await due.sweep(office.ledger)
    assert await listed(office) == []


async def test_how_long_a_word_that_is_over_is_kept_is_the_operators(
    office: Office, clock: TravellingClock
) -> None:
    office.keeps(timedelta(days=100))
    await enter(office, details("Trukket"))
    await enter(office, details("Over"), last=today(clock))
    await enter(office, details("Gjelder"), last=today(clock) + timedelta(days=3_000))
    await enter(office, details("Alltid"))
    await withdraw(office, (await listed(office, "trukket"))[0])
    clock.forward(days=99)
    await due.sweep(office.ledger)
    assert len(await listed(office)) == 3
    clock.forward(days=3)
    await due.sweep(office.ledger)
    assert [each.person.first_name for each in await listed(office)] == ["Alltid", "Gjelder"]
    async with office.looking() as desk:
        everybody = await desk.rows(_EVERYBODY)
    assert {row["first_name"] for row in everybody} == {"Alltid", "Gjelder"}
