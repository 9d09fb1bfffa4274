"""An organisation is registered and waits; the operator decides; everybody concerned is told."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import (
    audit,
    claiming,
    codes,
    holding,
    organisations,
    registering,
    requests,
    vouching,
)
from storage.database import Database
from storage.desk import DecidingDesk, Desk, Ledger
from storage.keys import Keyring, new_key
from storage.organisation_number import organisation_number
from storage.outbox import (
    ORGANISATION_DECIDED,
    ORGANISATION_REGISTERED,
    is_overtaken,
    latest,
)
from storage.records import (
    MOST_OF_ONE_WORKSPACE,
    OPERATOR,
    OSLO,
    Action,
    Issuer,
    Notice,
    NoticeState,
    Organisation,
    OrganisationState,
    Turn,
)
from storage.refusals import (
    NoAccountHolder,
    NoMoreOrganisations,
    NumberMalformed,
    OrganisationChanged,
    OrganisationNotApproved,
    OrganisationThere,
    ShortNameTaken,
)
from storage.registering import Channel, Registration, Seen
from storage.schema import outbox
from storage.sql import bindparam, select
from tests.conftest import TravellingClock
from tests.unit.storage.cast import ANNE, KARI, OLA, PER, TEAM, details

DRIFT = "C0DRIFT"
CHANNEL = Channel(TEAM, DRIFT)
LAG = Registration(
    "Blåbærlaget", "988077917", "Blabaer", (OLA, ANNE), is_at_techsoup=True, issuer=Issuer.BOT
)
_TOLD = select(outbox.c.recipient, outbox.c.place).where(
    outbox.c.organisation_id == bindparam("of_organisation"), outbox.c.kind == bindparam("kind")
)


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, Keyring([new_key()]))


async def register(
    ledger: Ledger,
    registration: Registration = LAG,
    *,
    by: str = OLA,
    team: str = TEAM,
    seen: Seen | None = None,
    another: bool = False,
) -> Organisation:
    return await registering.register(
        ledger, team, registration, by, channel=CHANNEL, seen=seen, another=another
    )


def as_it_is(there: Organisation) -> Seen:
    return Seen.read(there.as_it_is)


async def anew(ledger: Ledger, registration: Registration = LAG, *, by: str = OLA) -> Organisation:
    """By somebody who has seen how it stands."""
    async with ledger.looking(TEAM) as desk:
        seen = as_it_is(desk.organisation)
    return await register(ledger, registration, by=by, seen=seen)


async def told(ledger: Ledger, kind: str) -> Sequence[tuple[str | None, str | None]]:
    async with ledger.looking(TEAM) as desk:
        rows = await desk.rows(_TOLD, kind=kind)
    return sorted((row["recipient"], row["place"]) for row in rows)


async def test_it_waits_and_the_operator_is_told(ledger: Ledger) -> None:
    there = await register(ledger)
    assert (there.state, there.number, there.registered_by) == (
        OrganisationState.AWAITING,
        "988077917",
        OLA,
    )
    assert await told(ledger, ORGANISATION_REGISTERED) == [(OLA, DRIFT)]
    assert await told(ledger, holding.HOLDER_ADDED) == [(ANNE, None)]
    async with ledger.asking(TEAM) as desk:
        form = requests.NewRequest(KARI, details(), "", "V1")
        with pytest.raises(OrganisationNotApproved):
            await requests.ask(desk, form)


async def test_the_same_form_sent_twice_is_one_registration(ledger: Ledger) -> None:
    assert await register(ledger) == await register(ledger)
    assert len(await told(ledger, ORGANISATION_REGISTERED)) == 1


async def test_a_workspace_has_one_and_whoever_is_second_is_told(ledger: Ledger) -> None:
    await register(ledger)
    with pytest.raises(OrganisationThere) as refusal:
        await register(ledger, by=ANNE)
    assert refusal.value.by == OLA
    async with ledger.deciding(TEAM) as desk:
        await registering.approve(desk)
    with pytest.raises(OrganisationThere):
        await register(ledger, replace(LAG, name="Et annet"))


async def test_what_waits_is_put_right_by_whoever_has_seen_it(ledger: Ledger) -> None:
    first = await register(ledger)
    second = await register(ledger, replace(LAG, name="Rettet"), by=ANNE, seen=as_it_is(first))
    assert (second.name, second.registered_by) == ("Rettet", ANNE)
    with pytest.raises(OrganisationChanged):
        await register(ledger, replace(LAG, name="For sent"), seen=as_it_is(first))
    async with ledger.deciding(TEAM) as desk:
        with pytest.raises(OrganisationChanged):
            await registering.approve(desk, seen=first.revision)
        await registering.approve(desk, seen=second.revision)
    with pytest.raises(OrganisationThere):
        await anew(ledger, replace(LAG, name="Enda senere"))


async def test_what_somebody_else_has_sent_is_left_to_them(ledger: Ledger) -> None:
    first = await register(ledger)
    for _ in range(2):
        with pytest.raises(OrganisationThere) as refusal:
            await anew(ledger, replace(LAG, name="En annens"), by=KARI)
        assert refusal.value.by == OLA
        async with ledger.deciding(TEAM) as desk:
            await registering.refuse(desk, "Nei.")
            assert desk.organisation.name == first.name


async def test_a_workspace_has_room_for_so_many(ledger: Ledger) -> None:
    for number in range(MOST_OF_ONE_WORKSPACE):
        one = replace(LAG, name=f"Lag {number}", short_name=f"Lag{number}")
        await register(ledger, one, another=True)
    with pytest.raises(NoMoreOrganisations):
        await register(ledger, replace(LAG, name="Ett til"), another=True)


async def test_of_many_at_once_one_registers(ledger: Ledger) -> None:
    others = [replace(LAG, name=f"Lag {number}") for number in range(6)]
    tried = [register(ledger, each, by=f"U{number}") for number, each in enumerate(others)]
    found = await asyncio.gather(*tried, return_exceptions=True)
    assert [type(each) for each in found].count(Organisation) == 1
    assert {type(each) for each in found} == {Organisation, OrganisationThere}


@pytest.mark.parametrize("short_name", ["Blabaer", "BLABAER", "blabaer"])
async def test_a_short_name_is_one_organisations(ledger: Ledger, short_name: str) -> None:
    await register(ledger, team="T0NEXT")
    with pytest.raises(ShortNameTaken):
        await register(ledger, replace(LAG, short_name=short_name))
    async with ledger.database.reading() as reading:
        assert len(await organisations.list_all(reading)) == 1


async def test_of_many_with_one_short_name_one_has_it(ledger: Ledger) -> None:
    """At once, in as many workspaces; nobody's codes look like another's."""
    tried = [register(ledger, team=f"T0{number}") for number in range(6)]
    found = await asyncio.gather(*tried, return_exceptions=True)
    assert [type(each) for each in found].count(Organisation) == 1
    assert {type(each) for each in found} == {Organisation, ShortNameTaken}
    async with ledger.database.reading() as reading:
        named = [each.short_name for each in await organisations.list_all(reading)]
    assert named == ["Blabaer"]


async def test_somebody_must_be_account_holder(ledger: Ledger) -> None:
    with pytest.raises(NoAccountHolder):
        await register(ledger, replace(LAG, holders=()))


async def test_approved_it_makes_codes_and_all_are_told(ledger: Ledger) -> None:
    there = await register(ledger, by=KARI)
    async with ledger.deciding(TEAM) as desk:
        await registering.approve(desk, "UOPERATOR", seen=there.revision)
        await registering.approve(desk, "UOPERATOR", seen=there.revision)
    decided = [(ANNE, None), (KARI, None), (OLA, None)]
    assert await told(ledger, ORGANISATION_DECIDED) == decided
    async with ledger.looking(TEAM) as desk:
        desk.standing.require_approved()
        assert desk.standing.lasting_holders == (ANNE, OLA)
        assert await codes.count_codes(desk) == 0


async def test_refused_it_is_sent_anew_with_other_account_holders(ledger: Ledger) -> None:
    there = await register(ledger)
    async with ledger.deciding(TEAM) as desk:
        await registering.refuse(desk, "Feil nummer.", seen=there.revision)
        assert (desk.organisation.is_refused, desk.organisation.verdict) == (True, "Feil nummer.")
    other = replace(LAG, number="974760673", holders=(ANNE, KARI))
    there = await anew(ledger, other, by=ANNE)
    assert (there.is_refused, there.number, there.registered_by) == (False, "974760673", ANNE)
    async with ledger.looking(TEAM) as desk:
        assert set(desk.standing.lasting_holders) == {ANNE, KARI}
        actions = [row["action"] for row in await audit.history(desk)]
    assert actions == [
        Action.ORGANISATION_REGISTERED,
        Action.COLLEAGUE_ADDED,
        Action.COLLEAGUE_ADDED,
        Action.ORGANISATION_REFUSED,
        Action.ORGANISATION_REGISTERED,
        Action.COLLEAGUE_ADDED,
        Action.COLLEAGUE_REMOVED,
    ]
    assert len(await told(ledger, ORGANISATION_REGISTERED)) == 2


@pytest.mark.parametrize("first", ["approve", "refuse", "suspend", "register"])
async def test_whoever_decides_second_is_told_that_it_has_changed(
    ledger: Ledger, first: str
) -> None:
    seen = (await register(ledger)).revision
    async with ledger.deciding(TEAM) as desk:
        if first == "approve":
            await registering.approve(desk, seen=seen)
        elif first == "suspend":
            await registering.suspend(desk, seen=seen)
        else:
            await registering.refuse(desk, "Nei.", seen=seen)
    if first == "register":
        await anew(ledger, replace(LAG, name="Nytt"))
    async with ledger.deciding(TEAM) as desk:
        before = desk.organisation
        with pytest.raises(OrganisationChanged):
            await registering.refuse(desk, "Av en annen grunn.", seen=seen)
        if first != "approve":
            with pytest.raises(OrganisationChanged):
                await registering.approve(desk, seen=seen)
        assert desk.organisation == before


async def test_only_what_waits_is_refused(ledger: Ledger) -> None:
    await register(ledger)
    async with ledger.deciding(TEAM) as desk:
        await registering.approve(desk)
        with pytest.raises(OrganisationChanged):
            await registering.refuse(desk, "Nei.")
        await registering.suspend(desk, reason="Lagt ned.")
        assert desk.organisation.verdict == "Lagt ned."
        await registering.approve(desk)
        assert desk.organisation.verdict is None


async def test_what_the_operator_has_added_is_told_of_too(ledger: Ledger) -> None:
    async with ledger.database.transaction() as transaction:
        await organisations.add(transaction, TEAM, "Laget")
    async with ledger.deciding(TEAM) as desk:
        await holding.add(desk, OLA, OPERATOR)
        await registering.approve(desk)
    assert await told(ledger, ORGANISATION_DECIDED) == [(OLA, None)]


async def test_a_deputy_can_be_named_where_it_is_sent_anew(
    ledger: Ledger, clock: TravellingClock
) -> None:
    """Also one whose time has passed, and of whom nobody has told that."""
    await register(ledger, replace(LAG, holders=(OLA,)))
    async with ledger.deciding(TEAM) as desk:
        today = desk.now.astimezone(OSLO).date()
        for who in (ANNE, KARI):
            days = 5 if who == ANNE else 0
            period = holding.Period(today, today + timedelta(days=days))
            await holding.appoint(desk, who, OPERATOR, period, seen=())
        await registering.refuse(desk, "Feil.")
    clock.forward(days=2)
    await anew(ledger, replace(LAG, holders=(OLA, ANNE, KARI)))
    async with ledger.looking(TEAM) as desk:
        assert set(desk.standing.lasting_holders) == {OLA, ANNE, KARI}


async def test_another_answer_is_another_registration(ledger: Ledger) -> None:
    await register(ledger)
    with pytest.raises(OrganisationThere):
        await register(ledger, replace(LAG, is_at_techsoup=False))


async def test_who_holds_the_account_is_part_of_what_the_operator_has_seen(ledger: Ledger) -> None:
    seen = (await register(ledger)).revision
    async with ledger.deciding(TEAM) as desk:
        await holding.add(desk, KARI, OPERATOR)
    async with ledger.deciding(TEAM) as desk:
        with pytest.raises(OrganisationChanged):
            await registering.approve(desk, seen=seen)
        await registering.approve(desk, seen=seen + 1)
        await holding.add(desk, "UNEW", OLA)
        assert desk.organisation.revision == seen + 2


async def test_until_it_is_answered_nobody_changes_what_the_operator_has_seen(
    ledger: Ledger, clock: TravellingClock
) -> None:
    """Neither who holds the account, nor who stands in, nor whose authority is confirmed."""
    await register(ledger)
    today = clock().astimezone(OSLO).date()
    period, term = holding.Period(today, today), vouching.Term(None)
    deeds: list[Callable[[DecidingDesk], Awaitable[object]]] = [
        lambda desk: holding.add(desk, KARI, OLA),
        lambda desk: holding.remove(desk, ANNE, OLA),
        lambda desk: holding.appoint(desk, KARI, OLA, period, seen=()),
        lambda desk: vouching.enter(desk, details(), term, OLA),
    ]
    for refused in (False, True):
        async with ledger.deciding(TEAM) as desk:
            if refused:
                await registering.refuse(desk, "Nei.")
            for deed in deeds:
                with pytest.raises(OrganisationNotApproved):
                    await deed(desk)


async def test_a_refused_one_keeps_its_short_name_from_nobody(ledger: Ledger) -> None:
    await register(ledger)
    async with ledger.deciding(TEAM) as desk:
        await registering.refuse(desk, "Nei.")
    await register(ledger, team="T0NEXT")
    async with ledger.deciding(TEAM) as desk:
        with pytest.raises(ShortNameTaken):
            await registering.approve(desk)
    with pytest.raises(ShortNameTaken):
        await anew(ledger)
    await anew(ledger, replace(LAG, short_name="Blaabaer"))


async def test_of_approving_and_registering_at_once_one_has_the_name(ledger: Ledger) -> None:
    """And nobody a mishap."""

    async def approve() -> str:
        async with ledger.looking(TEAM) as seen:
            which = seen.organisation.id
        async with registering.answering(ledger, which) as desk:
            await registering.approve(desk)
        return "approved"

    for number in range(6):
        name = f"Laget{number}"
        await anew_or_first(ledger, replace(LAG, short_name=name))
        async with ledger.deciding(TEAM) as desk:
            await registering.refuse(desk, f"Nei {number}.")
        rival = register(ledger, replace(LAG, short_name=name), team=f"T0RIVAL{number}")
        told = await asyncio.gather(approve(), rival, return_exceptions=True)
        assert [type(each) for each in told].count(ShortNameTaken) == 1, told
        if told[0] == "approved":
            return  # nothing is registered anew where it is approved


async def anew_or_first(ledger: Ledger, registration: Registration) -> None:
    try:
        await register(ledger, registration)
    except OrganisationThere:
        await anew(ledger, registration)


async def test_a_no_with_another_reason_needs_no_name(ledger: Ledger) -> None:
    await register(ledger)
    async with ledger.deciding(TEAM) as desk:
        await registering.refuse(desk, "Nei.")
    await register(ledger, team="T0NEXT")
    async with ledger.deciding(TEAM) as desk:
        await registering.refuse(desk, "Nei, fordi.")
        assert desk.organisation.verdict == "Nei, fordi."


async def test_what_the_settings_change_the_operator_has_not_seen(ledger: Ledger) -> None:
    seen = (await register(ledger)).revision
    for _ in range(2):
        await organisations.follow_settings(ledger, TEAM, "Noe annet", Issuer.TECHSOUP, None)
    async with ledger.deciding(TEAM) as desk:
        assert desk.organisation.revision == seen + 1
        with pytest.raises(OrganisationChanged):
            await registering.approve(desk, seen=seen)


async def test_all_who_have_sent_it_are_told(ledger: Ledger) -> None:
    await register(ledger, replace(LAG, holders=(OLA, ANNE)), by=KARI)
    await anew(ledger, replace(LAG, holders=(OLA,), name="Nytt"), by=ANNE)
    async with ledger.deciding(TEAM) as desk:
        await registering.approve(desk)
    assert await told(ledger, ORGANISATION_DECIDED) == [(ANNE, None), (KARI, None), (OLA, None)]


async def test_what_could_not_be_shown_is_shown_once_the_bot_is_let_in(ledger: Ledger) -> None:
    await register(ledger)
    async with ledger.database.transaction() as transaction:
        lease = timedelta(seconds=15)
        found = await claiming.claim(transaction, [TEAM], Turn.DEED, most=9, lease=lease)
        (shown,) = [each for each in found if each.place == DRIFT]
        await claiming.park(transaction, shown, "not_in_channel")
    async with ledger.asking(TEAM) as desk:
        await registering.show_where_it_is_not(desk, CHANNEL)
        (again,) = [each for each in await latest(desk, 9) if each.id == shown.id]
    assert (again.state, again.due_at, again.error) == (NoticeState.WAITING, desk.now, None)


async def test_the_operator_sees_who_else_has_its_number(ledger: Ledger) -> None:
    await register(ledger)
    await register(ledger, replace(LAG, name="Naboen", short_name="Naboen"), team="T0NEXT")
    async with ledger.looking(TEAM) as desk:
        assert await registering.same_number(desk) == ["Naboen"]
    async with ledger.looking("T0NEXT") as desk:
        assert await registering.same_number(desk) == ["Blåbærlaget"]


async def test_who_decided_last_is_known_and_that_it_was_opened_again(ledger: Ledger) -> None:
    await register(ledger)
    async with ledger.deciding(TEAM) as desk:
        assert await audit.last_decision(desk) is None
        await registering.approve(desk, PER)
        await registering.suspend(desk, OPERATOR)
    async with ledger.deciding(TEAM) as desk:
        last = await audit.last_decision(desk)
        assert last
        assert (last.actor, last.is_reopening) == (OPERATOR, False)
        await registering.approve(desk, PER)
    async with ledger.looking(TEAM) as desk:
        last = await audit.last_decision(desk)
    assert last
    assert (last.actor, last.is_reopening) == (PER, True)


async def test_it_is_decided_while_it_is_sent_anew(ledger: Ledger) -> None:
    """In whichever order: neither waits for the other for ever."""

    async def decide(number: int) -> None:
        async with ledger.deciding(TEAM) as desk:
            await registering.refuse(desk, f"Nei {number}.")

    await register(ledger)
    for number in range(10):
        await decide(number)
        changed = anew(ledger, replace(LAG, name=f"Lag {number}"))
        told = await asyncio.gather(changed, decide(number + 1), return_exceptions=True)
        assert {type(each) for each in told} <= {type(None), Organisation, OrganisationChanged}


async def test_it_is_shown_once_in_the_channel_that_is_named_later(ledger: Ledger) -> None:
    await registering.register(ledger, TEAM, LAG, OLA, channel=None)
    for channel in (CHANNEL, CHANNEL, Channel(TEAM, "C0OTHER")):
        async with ledger.asking(TEAM) as desk:
            await registering.show_where_it_is_not(desk, channel)
    assert await told(ledger, ORGANISATION_REGISTERED) == [(OLA, DRIFT), (OLA, "C0OTHER")]
    async with ledger.deciding(TEAM) as desk:
        await registering.approve(desk)
        await registering.show_where_it_is_not(desk, Channel(TEAM, "C0THIRD"))
    assert len(await told(ledger, ORGANISATION_REGISTERED)) == 2


async def test_what_was_said_before_stands_where_nothing_else_is_said(ledger: Ledger) -> None:
    await register(ledger)
    async with ledger.deciding(TEAM) as desk:
        await registering.suspend(desk, reason="Lagt ned.")
        before = desk.organisation
        await registering.suspend(desk)
        assert desk.organisation == before
        await registering.suspend(desk, reason="Slått sammen.")
        assert desk.organisation.verdict == "Slått sammen."


async def test_of_two_decisions_the_later_is_told(ledger: Ledger, clock: TravellingClock) -> None:
    await register(ledger)
    async with ledger.deciding(TEAM) as desk:
        await registering.approve(desk)
    clock.forward(seconds=1)
    async with ledger.deciding(TEAM) as desk:
        await registering.suspend(desk)
        decided = [each for each in await outbox_of(desk) if each.recipient == OLA]
        overtaken = [await is_overtaken(desk, each) for each in decided]
    assert overtaken == [True, False]


async def outbox_of(desk: Desk) -> list[Notice]:
    found = [each for each in await latest(desk, 50) if each.kind == ORGANISATION_DECIDED]
    return found[::-1]


async def test_what_the_settings_say_leaves_what_was_registered(ledger: Ledger) -> None:
    await register(ledger)
    standing = await organisations.follow_settings(ledger, TEAM, "Et helt nytt navn", None, None)
    there = standing.organisation
    assert (there.name, there.short_name) == ("Et helt nytt navn", "Blabaer")
    assert there.state is OrganisationState.AWAITING


async def test_a_number_that_the_operator_gives_is_no_registration(ledger: Ledger) -> None:
    await organisations.follow_settings(ledger, TEAM, "Røde Kors", Issuer.BOT, (OLA,))
    for _ in range(2):
        async with ledger.deciding(TEAM) as desk:
            await registering.give_number(desk, "988077917")
    standing = await organisations.follow_settings(ledger, TEAM, "Blå Kors", None, None)
    there = standing.organisation
    assert (there.name, there.short_name, there.number) == ("Blå Kors", "BlaKors", "988077917")
    async with ledger.looking(TEAM) as desk:
        found = await audit.latest(desk, 50)
    assert [row["action"] for row in found].count(Action.ORGANISATION_NUMBERED) == 1


async def test_who_reads_a_registration_has_not_seen_the_number_that_it_is_given(
    ledger: Ledger,
) -> None:
    seen = (await register(ledger)).revision
    async with ledger.deciding(TEAM) as desk:
        await registering.give_number(desk, "974760673")
        with pytest.raises(OrganisationChanged):
            await registering.approve(desk, seen=seen)


async def test_no_two_organisations_codes_are_called_the_same(ledger: Ledger) -> None:
    """However they have come there."""
    await register(ledger)
    async with ledger.database.transaction() as transaction:
        for team in ("T0B", "T0C"):
            await organisations.add(transaction, team, "Blåbær")
    await organisations.follow_settings(ledger, "T0D", "BLÅBÆR", Issuer.BOT, ())
    renamed = await organisations.follow_settings(ledger, "T0B", "Tyttebær", Issuer.BOT, ())
    back = await organisations.follow_settings(ledger, "T0C", "Blåbær", Issuer.BOT, ())
    async with ledger.database.reading() as reading:
        named = [each.short_name for each in await organisations.list_all(reading)]
    assert sorted(named) == sorted(["Blabaer", "Tyttebaer", "Blabaer3", "BLABAER4"])
    assert renamed.organisation.short_name == "Tyttebaer"
    assert back.organisation.short_name == "Blabaer3"


WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)
"""https://www.brreg.no/om-oss/registrene-vare/om-enhetsregisteret/organisasjonsnummeret/"""


def _is_whole(digits: str) -> bool:
    rest = sum(w * int(d) for w, d in zip(WEIGHTS, digits, strict=False)) % 11
    return digits[8] == str((11 - rest) % 11)


NUMBERS = st.integers(1, 999_999_999).map(lambda number: f"{number:09d}")
BLANKS = st.lists(st.sampled_from(" \u00a0\u2007\u2009\u200b\u202f"), max_size=4)


@given(NUMBERS, BLANKS)
def test_a_number_is_taken_as_it_is_set_if_its_last_digit_is_right(
    digits: str, blanks: list[str]
) -> None:
    spaced = digits
    for place, blank in enumerate(blanks, 1):
        spaced = spaced[: place * 2] + blank + spaced[place * 2 :]
    if _is_whole(digits) and digits[0] != "0":
        assert organisation_number(spaced) == digits
    else:
        with pytest.raises(NumberMalformed):
            organisation_number(spaced)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "000000000",
        "988077918",
        "98807791",
        "9880779170",
        "９８８０７７９１７",
        "988.077.917",
        "000000019",
        "SE988077917",
        "988077917MVAMVA",
        "٩",
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(NumberMalformed):
        organisation_number(text)
