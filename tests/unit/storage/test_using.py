"""Partners ask whether codes are good: what is found valid is used, once for each reference."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from storage import (
    audit,
    codes,
    history,
    leaving,
    making,
    meeting,
    outbox,
    partners,
    registering,
    uses,
    using,
)
from storage.checking import Checking
from storage.database import Database
from storage.on_postgresql import PostgresDatabase
from storage.once import Answer, KnownBy, Question, UsedOtherwise
from storage.records import Action, CodeStatus, Partner, PartnerScope
from storage.refusals import NotFound
from tests.conftest import TravellingClock
from tests.unit.storage.cast import ANNE, KARI, OLA, Office


@pytest.fixture
async def partner(office: Office) -> Partner:
    return await a_partner(office)


async def a_partner(office: Office, name: str = "Nettbutikken") -> Partner:
    async with office.database.transaction() as transaction:
        added, _ = await partners.add(transaction, name, PartnerScope.HOLDER, is_test=False)
    return added


async def a_code(office: Office, submission: str = "V1") -> tuple[str, str]:
    """Its id, and the code itself."""
    code_id = await office.code(submission=submission)
    async with office.asking() as desk:
        return code_id, (await codes.show(desk, code_id, OLA)).text


async def ask(office: Office, partner: Partner, code: str, **more: object) -> Answer:
    question = Question(partner, code, "Kontorpakke", **more)  # type: ignore[arg-type]
    return await Checking(office.ledger).check(question)


async def used(office: Office) -> list[str]:
    async with office.looking() as desk:
        happened = await audit.happened(desk, most=100)
    return [each.actor for each in happened if each.action is Action.CODE_USED]


async def first_uses_told(office: Office) -> list[str]:
    async with office.looking() as desk:
        latest = await outbox.latest(desk, 100)
    return sorted(each.recipient or "" for each in latest if each.kind == using.FIRST_USE)


async def test_a_code_that_is_valid_is_used(office: Office, partner: Partner) -> None:
    code_id, code = await a_code(office)
    answer = await ask(office, partner, code)
    assert answer.status is CodeStatus.VALID
    assert answer.code
    assert (answer.code.organisation, answer.code.first_name) == ("Røde Kors", "Kari")
    assert answer.is_first_use
    assert not answer.is_repeated
    assert await used(office) == [partner.id]
    async with office.looking() as desk:
        (use,) = (await uses.of_codes(desk, [code_id], most=3))[code_id].newest
    assert (use.id, use.service, use.partner) == (answer.use_id, "Kontorpakke", "Nettbutikken")


async def test_the_first_use_makes_the_organisation_a_valid_user_and_is_told_once(
    office: Office, partner: Partner
) -> None:
    _, code = await a_code(office)
    first, second = await ask(office, partner, code), await ask(office, partner, code)
    assert (first.is_first_use, second.is_first_use) == (True, False)
    assert await first_uses_told(office) == [ANNE, OLA]
    standing = await office.look()
    assert first.use
    assert standing.organisation.valid_user_since == first.use.used_at


async def test_whoever_has_the_code_is_meant_by_each_use(office: Office, partner: Partner) -> None:
    code_id, code = await a_code(office)
    async with office.deciding() as desk:
        await meeting.note_lookup(desk, (await codes.find(desk, code_id)).person.id, KARI)
    meant: list[frozenset[str] | None] = []
    async with office.database.seen_by(meant.append):
        for _ in range(2):
            await ask(office, partner, code)
        await ask(office, partner, code, is_dry_run=True)
    assert meant == [frozenset([ANNE, OLA, KARI]), frozenset([KARI])]


async def test_to_ask_alone_is_no_use(office: Office, partner: Partner) -> None:
    _, code = await a_code(office)
    answer = await ask(office, partner, code, is_dry_run=True)
    assert answer.status is CodeStatus.VALID
    assert answer.use_id is None
    assert await used(office) == []
    assert await first_uses_told(office) == []


async def test_the_same_reference_is_one_use(office: Office, partner: Partner) -> None:
    _, code = await a_code(office)
    first = await ask(office, partner, code, reference="O-17")
    again = await ask(office, partner, code, reference="O-17")
    assert again == replace(first, is_repeated=True, code=again.code)
    assert await used(office) == [partner.id]
    other = await ask(office, await a_partner(office, "Skyen"), code, reference="O-17")
    assert not other.is_repeated


async def test_a_reference_is_no_other_codes(office: Office, partner: Partner) -> None:
    _, code = await a_code(office)
    _, another = await a_code(office, submission="V2")
    await ask(office, partner, code, reference="O-17")
    for other in (another, "123a4567@Ukjent"):
        with pytest.raises(UsedOtherwise) as refused:
            await ask(office, partner, other, reference="O-17")
        assert refused.value.known_by is KnownBy.REFERENCE


KNOWN_BY = pytest.mark.parametrize("known_by", [{"reference": "O-17"}, {"idempotency_key": "k"}])


@KNOWN_BY
async def test_what_is_asked_again_is_one_use_and_is_told_as_the_code_is_now(
    office: Office, partner: Partner, clock: TravellingClock, known_by: dict[str, str]
) -> None:
    code_id, code = await a_code(office)
    first = await ask(office, partner, code, **known_by)

    async def now() -> CodeStatus:
        again = await ask(office, partner, code, **known_by)
        assert (again.use, again.is_repeated, again.is_first_use) == (first.use, True, True)
        assert again.code
        assert again.code.status is again.status
        return again.status

    assert await now() is CodeStatus.VALID
    async with office.deciding() as desk:
        await registering.suspend(desk, "Sjekkes")
    assert await now() is CodeStatus.ORGANISATION_SUSPENDED
    async with office.deciding() as desk:
        await registering.approve(desk)
        await making.revoke(desk, code_id, OLA)
    assert await now() is CodeStatus.REVOKED
    assert await used(office) == [partner.id]


@KNOWN_BY
async def test_what_is_asked_again_of_a_code_that_has_run_out_is_told_so(
    office: Office, partner: Partner, clock: TravellingClock, known_by: dict[str, str]
) -> None:
    _, code = await a_code(office)
    first = await ask(office, partner, code, **known_by)
    clock.now += timedelta(days=61)
    again = await ask(office, partner, code, **known_by)
    assert (again.status, again.use) == (CodeStatus.EXPIRED, first.use)


@KNOWN_BY
async def test_what_is_asked_again_when_the_organisation_has_left_is_unknown_and_has_its_use(
    office: Office, partner: Partner, known_by: dict[str, str]
) -> None:
    _, code = await a_code(office)
    first = await ask(office, partner, code, **known_by)
    async with office.database.transaction() as transaction:
        await leaving.leave(transaction, office.standing.organisation.id)
    again = await ask(office, partner, code, **known_by)
    assert (again.status, again.code, again.use) == (CodeStatus.UNKNOWN, None, first.use)
    with pytest.raises(UsedOtherwise):
        await ask(office, partner, "123a4567@RodeKors", **known_by)


async def test_whoever_only_looks_under_a_known_reference_is_told_how_it_is_and_of_no_use(
    office: Office, partner: Partner
) -> None:
    code_id, code = await a_code(office)
    await ask(office, partner, code, reference="O-17")
    looked = await ask(office, partner, code, reference="O-17", is_dry_run=True)
    assert (looked.status, looked.use, looked.is_repeated) == (CodeStatus.VALID, None, False)
    async with office.deciding() as desk:
        await making.revoke(desk, code_id, OLA)
    looked = await ask(office, partner, code, reference="O-17", is_dry_run=True)
    assert (looked.status, looked.use) == (CodeStatus.REVOKED, None)


async def test_another_question_under_an_idempotency_key_is_refused(
    office: Office, partner: Partner
) -> None:
    _, code = await a_code(office)
    await ask(office, partner, code, idempotency_key="k")
    for other in ({"reference": "another"}, {"is_dry_run": True}):
        with pytest.raises(UsedOtherwise) as refused:
            await ask(office, partner, code, idempotency_key="k", **other)
        assert refused.value.known_by is KnownBy.IDEMPOTENCY_KEY


async def test_an_idempotency_key_whose_code_was_not_good_yet_is_one_use_when_it_is(
    office: Office, partner: Partner
) -> None:
    _, code = await a_code(office)
    async with office.deciding() as desk:
        await registering.suspend(desk, "Sjekkes")
    refused = await ask(office, partner, code, idempotency_key="k")
    assert refused.status is CodeStatus.ORGANISATION_SUSPENDED
    async with office.deciding() as desk:
        await registering.approve(desk)
    answers = [await ask(office, partner, code, idempotency_key="k") for _ in range(3)]
    assert len({each.use_id for each in answers}) == 1
    assert [each.is_repeated for each in answers] == [False, True, True]
    assert await used(office) == [partner.id]


async def test_what_is_of_no_use_any_more_says_why(
    office: Office, partner: Partner, clock: TravellingClock
) -> None:
    replaced_id, replaced = await a_code(office)
    revoked_id, revoked = await a_code(office, submission="V2")
    async with office.deciding() as desk:
        await making.refresh(desk, replaced_id, OLA)
        await making.revoke(desk, revoked_id, OLA)
    _, expired = await a_code(office, submission="V3")
    clock.now += timedelta(days=60)
    statuses = [(await ask(office, partner, each)).status for each in (replaced, revoked, expired)]
    assert statuses == [CodeStatus.REPLACED, CodeStatus.REVOKED, CodeStatus.EXPIRED]
    unknown = await ask(office, partner, "123a4567@RodeKors")
    assert (unknown.status, unknown.code) == (CodeStatus.UNKNOWN, None)


async def test_letters_in_another_case_are_put_right_where_one_code_alone_reads_so(
    office: Office, partner: Partner
) -> None:
    _, code = await a_code(office)
    answer = await ask(office, partner, code.upper())
    assert answer.code
    assert answer.status is CodeStatus.VALID
    assert answer.code.is_mended
    exact = await ask(office, partner, code)
    assert exact.code
    assert not exact.code.is_mended


@pytest.mark.parametrize("key", ["reference", "idempotency_key"])
async def test_the_same_question_at_once_from_several_processes_is_one_use(
    office: Office, partner: Partner, key: str
) -> None:
    _, code = await a_code(office)
    question = Question(partner, code, "Kontorpakke", **{key: "O-17"})  # type: ignore[arg-type]
    several = [Checking(office.ledger) for _ in range(6)]
    answers = await asyncio.gather(*(several[n % 6].check(question) for n in range(100)))
    assert len({each.use_id for each in answers}) == 1
    assert [each.is_repeated for each in answers].count(False) == 1
    assert all(each.is_first_use for each in answers)
    assert await used(office) == [partner.id]
    assert await first_uses_told(office) == [ANNE, OLA]


async def test_one_that_cannot_be_answered_takes_nobody_with_it(
    office: Office, partner: Partner
) -> None:
    _, code = await a_code(office)
    good = Question(partner, code, "Kontorpakke", "O-1")
    stranger = Question(replace(partner, id="nobody"), code, "Kontorpakke", "O-2")
    checking = Checking(office.ledger)
    answers = await asyncio.gather(
        *(checking.check(each) for each in (good, stranger, replace(good, reference="O-3"))),
        return_exceptions=True,
    )
    assert [type(each) is Answer for each in answers] == [True, False, True]
    assert await used(office) == [partner.id] * 2


async def test_while_one_organisation_is_held_others_are_answered(
    database: Database, office: Office, partner: Partner
) -> None:
    """Of SQLite's one writer all hold, and let go of, everything."""
    neighbour = await Office.begin(database, team="T2", name="Naboen")
    neighbour.takes_keys(office.ledger.keys)
    (_, held), (_, free) = await a_code(office), await a_code(neighbour, "V2")
    now = 0.0
    checking = Checking(office.ledger, lambda: now)
    async with office.deciding():
        first = asyncio.create_task(checking.check(Question(partner, held, "Kontorpakke")))
        for _ in range(3):  # it has begun
            await asyncio.sleep(0)
        now = 1.0
        second = asyncio.create_task(checking.check(Question(partner, free, "Kontorpakke")))
        if isinstance(database, PostgresDatabase):
            await asyncio.wait_for(asyncio.shield(second), 5)
            assert not first.done()
    assert (await first).use_id
    assert (await second).use_id


async def test_whoever_waits_shares_a_transaction(office: Office, partner: Partner) -> None:
    _, code = await a_code(office)
    begun = 0
    transaction = office.database.transaction

    def counted() -> object:
        nonlocal begun
        begun += 1
        return transaction()

    office.database.transaction = counted  # type: ignore[method-assign,assignment]
    checking = Checking(office.ledger)
    questions = [Question(partner, code, "Kontorpakke", f"O-{n}") for n in range(50)]
    answers = await asyncio.gather(*map(checking.check, questions))
    assert len({each.use_id for each in answers}) == 50
    assert begun <= 2
    assert sum(each.is_first_use for each in answers) == 1


async def test_whoever_has_the_code_is_told_of_the_first_use_too(
    office: Office, partner: Partner
) -> None:
    code_id, code = await a_code(office)
    async with office.deciding() as desk:
        await meeting.note_lookup(desk, (await codes.find(desk, code_id)).person.id, KARI)
    await ask(office, partner, code)
    assert KARI in await first_uses_told(office)


async def test_of_each_code_the_newest_uses_are_read_and_how_many_there_are(
    office: Office, partner: Partner, clock: TravellingClock
) -> None:
    (first_id, first), (second_id, second) = await a_code(office), await a_code(office, "V2")
    (third_id, _) = await a_code(office, "V3")
    for number in range(5):
        clock.now += timedelta(days=1)
        await Checking(office.ledger).check(Question(partner, first, f"Nr. {number}"))
    await ask(office, partner, second)
    async with office.looking() as desk:
        found = await uses.of_codes(desk, [first_id, second_id, third_id], most=3)
        assert await uses.of_codes(desk, [], most=3) == {}
        many = [first_id, second_id, *(f"nobody's {number}" for number in range(20))]
        assert await uses.of_codes(desk, many, most=3) == found
    assert found.keys() == {first_id, second_id}
    assert [use.service for use in found[first_id].newest] == ["Nr. 4", "Nr. 3", "Nr. 2"]
    assert (found[first_id].count, found[first_id].others) == (5, 2)
    assert (found[second_id].count, found[second_id].others) == (1, 0)


async def test_the_first_use_is_the_one_that_made_it_a_valid_user(
    office: Office, partner: Partner
) -> None:
    (first_id, first), (second_id, second) = await a_code(office), await a_code(office, "V2")
    answer = await ask(office, partner, first)
    for code in (first, second):
        await Checking(office.ledger).check(Question(partner, code, "Noe annet"))
    async with office.looking() as desk:
        use = await uses.first_of_code(desk, first_id)
        with pytest.raises(NotFound):
            await uses.first_of_code(desk, second_id)
    assert (use.id, use.service, use.partner) == (answer.use_id, "Kontorpakke", "Nettbutikken")


async def test_what_happened_says_which_partner_it_was_and_for_what(
    office: Office, partner: Partner
) -> None:
    code_id, code = await a_code(office)
    await ask(office, partner, code)
    async with office.looking() as desk:
        newest, *_ = await audit.happened(desk, most=1)
        page = await history.page(
            desk, await history.looked_for(desk, "kari", ""), 9, most=1, skip=0
        )
    assert page == [newest]
    assert (newest.partner, newest.service, newest.code_id) == (
        "Nettbutikken",
        "Kontorpakke",
        code_id,
    )
    assert newest.is_partners
