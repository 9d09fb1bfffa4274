"""Codes: made on authority, shown to those who may see them, refreshed once, revoked for good."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import audit, authority, codes, decisions, making, requests
from storage.database import Database
from storage.keys import (
    CODE_FORMAT,
    BadKey,
    Keyring,
    SecretUnreadable,
    new_key,
    parse_code,
    short_name,
)
from storage.records import Action, Code, CodeState, Issuer, Reason
from storage.refusals import (
    AlreadyAsked,
    AlreadyReplaced,
    CodeMalformed,
    CodeMissing,
    CodeRevoked,
    CodeTaken,
    NoAuthority,
    NotAccountHolder,
    NotYours,
    OrganisationNotApproved,
)
from storage.rotate import can_open_newest, rotate
from tests.conftest import TravellingClock
from tests.unit.storage.cast import ANNE, KARI, OLA, PER, Ledger, details


async def find(ledger: Ledger, code_id: str) -> Code:
    async with ledger.database.reading() as transaction:
        return await codes.find(transaction, ledger.organisation_id, code_id)


async def show(ledger: Ledger, code_id: str, user_id: str) -> str:
    async with ledger.database.transaction() as transaction:
        shown = await codes.show(transaction, ledger.standing, ledger.keyring, code_id, user_id)
        return shown.text


async def refresh(ledger: Ledger, code_id: str, *, by: str = OLA, pasted: str | None = None) -> str:
    async with ledger.database.transaction() as transaction:
        return await making.refresh(
            transaction, ledger.standing, ledger.keyring, code_id, by, pasted
        )


async def hand_to_kari(ledger: Ledger, code_id: str) -> None:
    person = (await find(ledger, code_id)).person
    async with ledger.database.transaction() as transaction:
        await authority.note_lookup(transaction, person.id, KARI)
        assert await codes.hand_over(transaction, code_id) == KARI


async def test_a_code_is_valid_for_sixty_times_twenty_four_hours(ledger: Ledger) -> None:
    code = await find(ledger, await ledger.code())
    assert code.expires_at - code.made_at == timedelta(hours=60 * 24)
    assert code.state_at(code.expires_at - timedelta(seconds=1)) is CodeState.ACTIVE
    assert code.state_at(code.expires_at) is CodeState.EXPIRED


async def test_a_code_looks_as_partners_check_it(ledger: Ledger) -> None:
    text = await show(ledger, await ledger.code(), OLA)
    assert CODE_FORMAT.fullmatch(text)
    assert text.endswith("@RodeKors")


async def test_each_showing_is_in_the_audit(ledger: Ledger) -> None:
    code_id = await ledger.code()
    await hand_to_kari(ledger, code_id)
    await show(ledger, code_id, KARI)
    await show(ledger, code_id, ANNE)
    async with ledger.database.reading() as transaction:
        events = await audit.history(transaction, ledger.organisation_id)
    shown = [event["actor"] for event in events if event["action"] is Action.CODE_SHOWN]
    assert sorted(shown) == [ANNE, KARI]


async def test_nobody_else_sees_a_code(ledger: Ledger) -> None:
    code_id = await ledger.code()
    await hand_to_kari(ledger, code_id)
    with pytest.raises(NotYours):
        await show(ledger, code_id, PER)


async def test_a_code_that_is_somebodys_is_not_handed_to_another(ledger: Ledger) -> None:
    code_id = await ledger.code()
    await hand_to_kari(ledger, code_id)
    person = (await find(ledger, code_id)).person
    async with ledger.database.transaction() as transaction:
        await authority.note_lookup(transaction, person.id, PER)
        assert await codes.hand_over(transaction, code_id) == KARI
    assert (await find(ledger, code_id)).user_id == KARI


async def test_refreshing_replaces_the_old_code_for_the_same_person(
    ledger: Ledger, clock: TravellingClock
) -> None:
    old_id = await ledger.code()
    await hand_to_kari(ledger, old_id)
    clock.forward(days=70)
    new = await find(ledger, await refresh(ledger, old_id))
    old = await find(ledger, old_id)
    assert (old.state, new.state) == (CodeState.REPLACED, CodeState.ACTIVE)
    assert (new.person, new.user_id, new.purpose) == (old.person, KARI, old.purpose)
    assert new.replaces_id == old_id
    assert new.expires_at == clock.now + timedelta(days=60)


async def test_a_code_is_replaced_once(ledger: Ledger) -> None:
    code_id = await ledger.code()
    await refresh(ledger, code_id)
    with pytest.raises(AlreadyReplaced):
        await refresh(ledger, code_id, by=ANNE)


async def test_only_an_account_holder_refreshes_or_revokes(ledger: Ledger) -> None:
    code_id = await ledger.code()
    await hand_to_kari(ledger, code_id)
    with pytest.raises(NotAccountHolder):
        await refresh(ledger, code_id, by=KARI)
    with pytest.raises(NotAccountHolder):
        async with ledger.database.transaction() as transaction:
            await making.revoke(transaction, ledger.standing, code_id, KARI)


async def test_withdrawn_authority_stops_a_refresh(ledger: Ledger) -> None:
    code_id = await ledger.code()
    request_id = await ledger.ask(submission="V2")
    assert request_id
    async with ledger.database.transaction() as transaction:
        await decisions.decline(
            transaction, ledger.standing, request_id, OLA, Reason.NO_AUTHORITY, ""
        )
    with pytest.raises(NoAuthority):
        await refresh(ledger, code_id)
    assert (await find(ledger, code_id)).state is CodeState.ACTIVE


async def test_a_holder_asks_for_a_refresh_and_only_once(ledger: Ledger) -> None:
    code_id = await ledger.code()
    await hand_to_kari(ledger, code_id)
    async with ledger.database.transaction() as transaction:
        request_id = await requests.ask_refresh(transaction, ledger.standing, code_id, KARI)
    with pytest.raises(AlreadyAsked):
        async with ledger.database.transaction() as transaction:
            await requests.ask_refresh(transaction, ledger.standing, code_id, KARI)
    new = await find(ledger, await ledger.approve(request_id, by=ANNE))
    assert (new.replaces_id, new.user_id, new.made_by) == (code_id, KARI, ANNE)


async def test_somebody_elses_code_cannot_be_asked_for(ledger: Ledger) -> None:
    code_id = await ledger.code()
    with pytest.raises(NotYours):
        async with ledger.database.transaction() as transaction:
            await requests.ask_refresh(transaction, ledger.standing, code_id, PER)


async def test_a_refresh_at_once_settles_the_waiting_request(ledger: Ledger) -> None:
    code_id = await ledger.code()
    await hand_to_kari(ledger, code_id)
    async with ledger.database.transaction() as transaction:
        request_id = await requests.ask_refresh(transaction, ledger.standing, code_id, KARI)
    new = await find(ledger, await refresh(ledger, code_id, by=ANNE))
    request = await ledger.request(request_id)
    assert (request.state, request.decided_by, new.request_id) == ("approved", ANNE, request_id)


async def test_revoking_settles_the_waiting_request_and_stays(ledger: Ledger) -> None:
    code_id = await ledger.code()
    await hand_to_kari(ledger, code_id)
    async with ledger.database.transaction() as transaction:
        request_id = await requests.ask_refresh(transaction, ledger.standing, code_id, KARI)
        await making.revoke(transaction, ledger.standing, code_id, OLA)
    assert (await ledger.request(request_id)).state == "declined"
    for attempt in (show(ledger, code_id, KARI), refresh(ledger, code_id)):
        with pytest.raises(CodeRevoked):
            await attempt


async def test_a_suspended_organisation_shows_no_code(ledger: Ledger) -> None:
    from storage import organisations

    code_id = await ledger.code()
    async with ledger.database.transaction() as transaction:
        await organisations.suspend(transaction, ledger.organisation_id)
    await ledger.look()
    with pytest.raises(OrganisationNotApproved):
        await show(ledger, code_id, OLA)


async def test_codes_that_can_be_used_come_first_and_are_paged(
    ledger: Ledger, clock: TravellingClock
) -> None:
    first = await ledger.code(submission="V1")
    clock.forward(hours=1)
    second = await ledger.code(submission="V2")
    clock.forward(hours=1)
    third = await refresh(ledger, second)
    async with ledger.database.reading() as transaction:
        organisation_id = ledger.organisation_id
        pages = [
            await codes.list_codes(transaction, organisation_id, most=2, skip=skip)
            for skip in (0, 2)
        ]
        assert await codes.count_codes(transaction, organisation_id) == 3
        assert await codes.list_codes(transaction, organisation_id, of_user=PER, most=2) == []
    assert [[code.id for code in page] for page in pages] == [[third, first], [second]]


async def test_an_account_holder_makes_a_code_at_once_and_once(ledger: Ledger) -> None:
    form = requests.NewRequest(OLA, details("Ola", "Hansen"), "", "V9")

    async def make() -> str | None:
        async with ledger.database.transaction() as transaction:
            return await decisions.make_at_once(transaction, ledger.standing, ledger.keyring, form)

    code_id = await make()
    assert code_id
    assert await make() is None
    request = await ledger.request((await find(ledger, code_id)).request_id or "")
    assert (request.asked_by, request.decided_by) == (OLA, OLA)


async def test_the_representative_makes_no_code_at_once(ledger: Ledger) -> None:
    form = requests.NewRequest(KARI, details(), "", "V9")
    with pytest.raises(NotAccountHolder):
        async with ledger.database.transaction() as transaction:
            await decisions.make_at_once(transaction, ledger.standing, ledger.keyring, form)
    async with ledger.database.reading() as transaction:
        assert await codes.count_codes(transaction, ledger.organisation_id) == 0


class TestWhenTechSoupMakesTheCodes:
    @pytest.fixture
    async def ledger(self, database: Database) -> Ledger:
        return await Ledger.begin(database, issuer=Issuer.TECHSOUP)

    async def test_the_pasted_code_is_kept(self, ledger: Ledger) -> None:
        request_id = await ledger.ask()
        assert request_id
        code_id = await ledger.approve(request_id, pasted=" 123a4567@MyNGOname\n")
        assert await show(ledger, code_id, OLA) == "123a4567@MyNGOname"
        assert (await find(ledger, code_id)).hint == "12"

    @pytest.mark.parametrize(
        ("pasted", "refusal"),
        [
            (None, CodeMissing),
            ("", CodeMissing),
            ("123a456@MyNGOname", CodeMalformed),
            ("123a4567@", CodeMalformed),
            ("123a4567@Røde", CodeMalformed),
            ("１23a4567@MyNGO", CodeMalformed),
            ("123a4567@MyNGO" + "x" * 200, CodeMalformed),
        ],
    )
    async def test_anything_else_is_refused_and_the_request_still_waits(
        self, ledger: Ledger, pasted: str | None, refusal: type[Exception]
    ) -> None:
        request_id = await ledger.ask()
        assert request_id
        with pytest.raises(refusal):
            await ledger.approve(request_id, pasted=pasted)
        assert (await ledger.request(request_id)).state == "pending"

    async def test_a_code_in_the_ledger_is_refused_also_after_the_key_has_changed(
        self, ledger: Ledger
    ) -> None:
        first, second = await ledger.ask(submission="V1"), await ledger.ask(submission="V2")
        assert first
        assert second
        old_key = new_key()
        ledger.keyring = Keyring([old_key])
        await ledger.approve(first, pasted="123a4567@MyNGOname")
        ledger.keyring = Keyring([new_key(), old_key])
        with pytest.raises(CodeTaken):
            await ledger.approve(second, pasted="123a4567@MyNGOname")

    async def test_refreshing_needs_a_pasted_code(self, ledger: Ledger) -> None:
        request_id = await ledger.ask()
        assert request_id
        code_id = await ledger.approve(request_id, pasted="123a4567@MyNGOname")
        with pytest.raises(CodeMissing):
            await refresh(ledger, code_id)
        new_id = await refresh(ledger, code_id, pasted="89ab4567@MyNGOname")
        assert await show(ledger, new_id, OLA) == "89ab4567@MyNGOname"


class TestKeys:
    async def test_the_database_never_holds_a_code(self, ledger: Ledger, database_url: str) -> None:
        text = await show(ledger, await ledger.code(), OLA)
        sealed = ledger.keyring.seal(text)
        assert text.encode() not in sealed.secret
        assert text.encode() not in sealed.digest

    async def test_after_rotation_the_old_key_is_not_needed(self, ledger: Ledger) -> None:
        old_key, newest = new_key(), new_key()
        ledger.keyring = Keyring([old_key])
        code_ids = [await ledger.code(submission=f"V{number}") for number in range(3)]
        texts = [await show(ledger, code_id, OLA) for code_id in code_ids]
        assert await rotate(ledger.database, Keyring([newest, old_key])) == 3
        ledger.keyring = Keyring([newest])
        assert [await show(ledger, code_id, OLA) for code_id in code_ids] == texts

    async def test_without_the_key_a_code_cannot_be_read(self, ledger: Ledger) -> None:
        code_id = await ledger.code()
        ledger.keyring = Keyring([new_key()])
        with pytest.raises(SecretUnreadable):
            await show(ledger, code_id, OLA)
        async with ledger.database.reading() as transaction:
            assert not await can_open_newest(transaction, ledger.keyring)

    @pytest.mark.parametrize("keys", [[], ["short"], ["!" * 44]])
    def test_a_malformed_key_is_refused(self, keys: list[str]) -> None:
        with pytest.raises(BadKey):
            Keyring(keys)

    async def test_a_code_drawn_twice_is_drawn_again(self, ledger: Ledger) -> None:
        letters = iter("aaaaaaaa" + "aaaaaaaa" + "bbbbbbbb")
        ledger.keyring = Keyring([new_key()], draw=lambda _: next(letters))
        first, second = await ledger.code(submission="V1"), await ledger.code(submission="V2")
        assert await show(ledger, first, OLA) == "aaaaaaaa@RodeKors"
        assert await show(ledger, second, OLA) == "bbbbbbbb@RodeKors"


@given(st.text(max_size=80))
def test_every_name_has_a_short_form_that_makes_a_code(name: str) -> None:
    assert CODE_FORMAT.fullmatch("12345678@" + short_name(name))


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Røde Kors", "RodeKors"),
        ("Æsops venner – Åsane", "AesopsvennerAsane"),
        ("…", "Organisasjon"),
    ],
)
def test_the_short_form_is_letters_and_digits(name: str, short: str) -> None:
    assert short_name(name) == short


@given(st.from_regex(r"[A-Za-z0-9]{8}@[A-Za-z0-9]{1,40}", fullmatch=True))
def test_every_code_of_the_format_is_taken_as_it_is(code: str) -> None:
    assert parse_code(f"  {code}\n") == code


async def test_a_person_who_leaves_loses_authority_and_codes_go_to_the_account_holders(
    ledger: Ledger,
) -> None:
    code_id = await ledger.code()
    await hand_to_kari(ledger, code_id)
    person = (await find(ledger, code_id)).person
    async with ledger.database.transaction() as transaction:
        await authority.note_lookup(transaction, person.id, KARI)
        await authority.person_left(transaction, ledger.organisation_id, KARI)
    assert (await find(ledger, code_id)).user_id is None
    with pytest.raises(NotYours):
        await show(ledger, code_id, KARI)
    with pytest.raises(NoAuthority):
        await refresh(ledger, code_id)
