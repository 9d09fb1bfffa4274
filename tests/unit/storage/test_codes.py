"""Codes: made on authority, shown to those who may see them, refreshed once, revoked for good."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import audit, authority, codes, decisions, making, meeting, registering, requests
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
from storage.records import OSLO, Action, Code, CodeState, Issuer, Reason
from storage.refusals import (
    AlreadyAsked,
    AlreadyReplaced,
    CodeDatedAhead,
    CodeMalformed,
    CodeMissing,
    CodeRevoked,
    CodeTaken,
    CodeTooOld,
    DeclinedBefore,
    IssuerChanged,
    NoAuthority,
    NotAccountHolder,
    NotYours,
    OrganisationNotApproved,
)
from storage.rotate import rotate
from tests.conftest import TravellingClock
from tests.unit.storage.cast import ANNE, KARI, OLA, PER, Office, details


async def find(office: Office, code_id: str) -> Code:
    async with office.looking() as desk:
        return await codes.find(desk, code_id)


async def show(office: Office, code_id: str, user_id: str) -> str:
    async with office.deciding() as desk:
        shown = await codes.show(desk, code_id, user_id)
        return shown.text


async def refresh(office: Office, code_id: str, *, by: str = OLA, pasted: str | None = None) -> str:
    async with office.deciding() as desk:
        given = None if pasted is None else making.Pasted(pasted)
        return await making.refresh(desk, code_id, by, given)


async def hand_to_kari(office: Office, code_id: str) -> None:
    person = (await find(office, code_id)).person
    async with office.deciding() as desk:
        await meeting.note_lookup(desk, person.id, KARI)
        assert (await codes.find(desk, code_id)).user_id == KARI


async def test_a_code_is_valid_for_sixty_times_twenty_four_hours(office: Office) -> None:
    code = await find(office, await office.code())
    assert code.expires_at - code.made_at == timedelta(hours=60 * 24)
    assert code.state_at(code.expires_at - timedelta(seconds=1)) is CodeState.ACTIVE
    assert code.state_at(code.expires_at) is CodeState.EXPIRED


async def test_a_code_looks_as_partners_check_it(office: Office) -> None:
    text = await show(office, await office.code(), OLA)
    assert CODE_FORMAT.fullmatch(text)
    assert text.endswith("@RodeKors")


async def test_each_showing_is_in_the_audit(office: Office) -> None:
    code_id = await office.code()
    await hand_to_kari(office, code_id)
    await show(office, code_id, KARI)
    await show(office, code_id, ANNE)
    async with office.looking() as desk:
        events = await audit.history(desk)
    shown = [event["actor"] for event in events if event["action"] is Action.CODE_SHOWN]
    assert sorted(shown) == [ANNE, KARI]


async def test_nobody_else_sees_a_code(office: Office) -> None:
    code_id = await office.code()
    await hand_to_kari(office, code_id)
    with pytest.raises(NotYours):
        await show(office, code_id, PER)


async def test_a_code_that_is_somebodys_is_not_handed_to_another(office: Office) -> None:
    code_id = await office.code()
    await hand_to_kari(office, code_id)
    person = (await find(office, code_id)).person
    async with office.deciding() as desk:
        await meeting.note_lookup(desk, person.id, PER)
        assert (await codes.find(desk, code_id)).user_id == KARI
    assert (await find(office, code_id)).user_id == KARI


async def test_what_was_asked_in_vain_before_somebody_was_known_takes_nothing_back(
    office: Office,
) -> None:
    code_id = await office.code()
    await hand_to_kari(office, code_id)
    person = (await find(office, code_id)).person
    async with office.deciding() as desk:
        await meeting.note_lookup(desk, person.id, None)
    assert (await find(office, code_id)).person.user_id == KARI


async def test_refreshing_replaces_the_old_code_for_the_same_person(
    office: Office, clock: TravellingClock
) -> None:
    old_id = await office.code()
    await hand_to_kari(office, old_id)
    clock.forward(days=70)
    new = await find(office, await refresh(office, old_id))
    old = await find(office, old_id)
    assert (old.state, new.state) == (CodeState.REPLACED, CodeState.ACTIVE)
    assert (new.person, new.user_id, new.purpose) == (old.person, KARI, old.purpose)
    assert new.replaces_id == old_id
    assert new.expires_at == clock.now + timedelta(days=60)


async def test_a_code_is_replaced_once(office: Office) -> None:
    code_id = await office.code()
    await refresh(office, code_id)
    with pytest.raises(AlreadyReplaced):
        await refresh(office, code_id, by=ANNE)


async def test_only_an_account_holder_refreshes_or_revokes(office: Office) -> None:
    code_id = await office.code()
    await hand_to_kari(office, code_id)
    with pytest.raises(NotAccountHolder):
        await refresh(office, code_id, by=KARI)
    with pytest.raises(NotAccountHolder):
        async with office.deciding() as desk:
            await making.revoke(desk, code_id, KARI)


async def test_withdrawn_authority_stops_a_refresh(office: Office) -> None:
    code_id = await office.code()
    request_id = await office.ask(submission="V2")
    assert request_id
    async with office.deciding() as desk:
        await decisions.decline(desk, request_id, OLA, Reason.NO_AUTHORITY, "")
    with pytest.raises(NoAuthority):
        await refresh(office, code_id)
    assert (await find(office, code_id)).state is CodeState.ACTIVE


async def test_a_holder_asks_for_a_refresh_and_only_once(office: Office) -> None:
    code_id = await office.code()
    await hand_to_kari(office, code_id)
    async with office.deciding() as desk:
        request_id = await requests.ask_refresh(desk, code_id, KARI)
    with pytest.raises(AlreadyAsked):
        async with office.deciding() as desk:
            await requests.ask_refresh(desk, code_id, KARI)
    new = await find(office, await office.approve(request_id, by=ANNE))
    assert (new.replaces_id, new.user_id, new.made_by) == (code_id, KARI, ANNE)


async def test_somebody_elses_code_cannot_be_asked_for(office: Office) -> None:
    code_id = await office.code()
    with pytest.raises(NotYours):
        async with office.deciding() as desk:
            await requests.ask_refresh(desk, code_id, PER)


async def test_a_refresh_at_once_settles_the_waiting_request(office: Office) -> None:
    code_id = await office.code()
    await hand_to_kari(office, code_id)
    async with office.deciding() as desk:
        request_id = await requests.ask_refresh(desk, code_id, KARI)
    new = await find(office, await refresh(office, code_id, by=ANNE))
    request = await office.request(request_id)
    assert (request.state, request.decided_by, new.request_id) == ("approved", ANNE, request_id)


async def test_revoking_settles_the_waiting_request_and_stays(office: Office) -> None:
    code_id = await office.code()
    await hand_to_kari(office, code_id)
    async with office.deciding() as desk:
        request_id = await requests.ask_refresh(desk, code_id, KARI)
        await making.revoke(desk, code_id, OLA)
    assert (await office.request(request_id)).state == "declined"
    for attempt in (show(office, code_id, KARI), refresh(office, code_id)):
        with pytest.raises(CodeRevoked):
            await attempt


async def test_a_suspended_organisation_shows_no_code(office: Office) -> None:

    code_id = await office.code()
    async with office.deciding() as desk:
        await registering.suspend(desk)
    await office.look()
    with pytest.raises(OrganisationNotApproved):
        await show(office, code_id, OLA)


async def test_codes_that_can_be_used_come_first_and_are_paged(
    office: Office, clock: TravellingClock
) -> None:
    first = await office.code(submission="V1")
    clock.forward(hours=1)
    second = await office.code(submission="V2")
    clock.forward(hours=1)
    third = await refresh(office, second)
    async with office.looking() as desk:
        pages = [await codes.list_codes(desk, most=2, skip=skip) for skip in (0, 2)]
        assert await codes.count_codes(desk) == 3
        assert await codes.list_codes(desk, of_user=PER, most=2) == []
    assert [[code.id for code in page] for page in pages] == [[third, first], [second]]


async def test_an_account_holder_makes_a_code_at_once_and_once(office: Office) -> None:
    form = requests.NewRequest(OLA, details("Ola", "Hansen"), "", "V9")

    async def make() -> str | None:
        async with office.deciding() as desk:
            return await decisions.make_at_once(desk, form)

    code_id = await make()
    assert code_id
    assert await make() == code_id
    request = await office.request((await find(office, code_id)).request_id or "")
    assert (request.asked_by, request.decided_by) == (OLA, OLA)


async def test_a_colleagues_no_is_not_hidden_by_one_that_nobody_gave(
    office: Office, clock: TravellingClock
) -> None:
    """What is withdrawn takes the refresh that waits with it; that is nobody's answer."""
    code_id = await office.code()
    await hand_to_kari(office, code_id)
    clock.forward(minutes=1)
    declined = await office.ask(submission="V2")
    assert declined
    async with office.deciding() as desk:
        await decisions.decline(desk, declined, OLA, Reason.UNKNOWN_PERSON, "")
        await requests.ask_refresh(desk, code_id, KARI)
    clock.forward(minutes=1)
    async with office.deciding() as desk:
        await making.revoke(desk, code_id, OLA)
    form = requests.NewRequest(ANNE, details(), "", "V9")
    with pytest.raises(DeclinedBefore) as refusal:
        async with office.deciding() as desk:
            await decisions.make_at_once(desk, form)
    assert refusal.value.request.id == declined


async def test_the_representative_makes_no_code_at_once(office: Office) -> None:
    form = requests.NewRequest(KARI, details(), "", "V9")
    with pytest.raises(NotAccountHolder):
        async with office.deciding() as desk:
            await decisions.make_at_once(desk, form)
    async with office.looking() as desk:
        assert await codes.count_codes(desk) == 0


class TestWhenTechSoupMakesTheCodes:
    @pytest.fixture
    async def office(self, database: Database) -> Office:
        return await Office.begin(database, issuer=Issuer.TECHSOUP)

    async def test_the_pasted_code_is_kept(self, office: Office) -> None:
        request_id = await office.ask()
        assert request_id
        code_id = await office.approve(request_id, pasted=" 123a4567@MyNGOname\n")
        assert await show(office, code_id, OLA) == "123a4567@MyNGOname"
        assert (await find(office, code_id)).hint == "12"

    @pytest.mark.parametrize(
        ("pasted", "refusal"),
        [
            (None, IssuerChanged),
            ("", CodeMissing),
            ("123a456@MyNGOname", CodeMalformed),
            ("123a4567@", CodeMalformed),
            ("123a4567@Røde", CodeMalformed),
            ("１23a4567@MyNGO", CodeMalformed),
            ("123a4567@MyNGO" + "x" * 200, CodeMalformed),
        ],
    )
    async def test_anything_else_is_refused_and_the_request_still_waits(
        self, office: Office, pasted: str | None, refusal: type[Exception]
    ) -> None:
        request_id = await office.ask()
        assert request_id
        with pytest.raises(refusal):
            await office.approve(request_id, pasted=pasted)
        assert (await office.request(request_id)).state == "pending"

    async def test_a_code_in_the_ledger_is_refused_also_after_the_key_has_changed(
        self, office: Office
    ) -> None:
        first, second = await office.ask(submission="V1"), await office.ask(submission="V2")
        assert first
        assert second
        old_key = new_key()
        office.takes_keys(Keyring([old_key]))
        await office.approve(first, pasted="123a4567@MyNGOname")
        office.takes_keys(Keyring([new_key(), old_key]))
        with pytest.raises(CodeTaken):
            await office.approve(second, pasted="123a4567@MyNGOname")

    @pytest.mark.parametrize(
        ("today", "made_on", "until"),
        [  # in winter time Oslo is an hour ahead, in summer time two; the clocks change in March
            ("2026-11-25T12:00", None, "2027-01-24T12:00"),
            ("2026-11-25T12:00", "2026-11-25", "2027-01-24T12:00"),
            ("2026-11-25T12:00", "2026-11-05", "2027-01-03T23:00"),
            ("2026-11-25T23:30", "2026-11-26", "2027-01-24T23:30"),
            ("2026-04-10T12:00", "2026-03-20", "2026-05-18T23:00"),
            ("2026-04-10T12:00", "2026-04-01", "2026-05-30T22:00"),
            ("2026-11-25T22:59", "2026-09-27", "2026-11-25T22:00"),
        ],
    )
    async def test_it_is_valid_from_the_day_it_was_made(
        self,
        office: Office,
        clock: TravellingClock,
        today: str,
        made_on: str | None,
        until: str,
    ) -> None:
        request_id = await office.ask()
        assert request_id
        clock.now = datetime.fromisoformat(today).replace(tzinfo=UTC)
        given = date.fromisoformat(made_on) if made_on else None
        expires_at = datetime.fromisoformat(until).replace(tzinfo=UTC)
        if expires_at <= clock.now:
            with pytest.raises(CodeTooOld):
                await office.approve(request_id, pasted="123a4567@MyNGOname", made_on=given)
            return
        code_id = await office.approve(request_id, pasted="123a4567@MyNGOname", made_on=given)
        assert (await find(office, code_id)).expires_at == expires_at

    async def test_a_day_to_come_is_refused_and_the_request_still_waits(
        self, office: Office, clock: TravellingClock
    ) -> None:
        request_id = await office.ask()
        assert request_id
        tomorrow = (clock.now.astimezone(OSLO) + timedelta(days=1)).date()
        with pytest.raises(CodeDatedAhead):
            await office.approve(request_id, pasted="123a4567@MyNGOname", made_on=tomorrow)
        assert (await office.request(request_id)).state == "pending"

    async def test_refreshing_needs_a_pasted_code(self, office: Office) -> None:
        request_id = await office.ask()
        assert request_id
        code_id = await office.approve(request_id, pasted="123a4567@MyNGOname")
        with pytest.raises(CodeMissing):
            await refresh(office, code_id, pasted="")
        with pytest.raises(IssuerChanged):
            await refresh(office, code_id)
        new_id = await refresh(office, code_id, pasted="89ab4567@MyNGOname")
        assert await show(office, new_id, OLA) == "89ab4567@MyNGOname"


class TestKeys:
    async def test_the_database_never_holds_a_code(self, office: Office) -> None:
        text = await show(office, await office.code(), OLA)
        sealed = office.keyring.seal(text)
        assert text.encode() not in sealed.secret
        assert text.encode() not in sealed.digest

    async def test_after_rotation_the_old_key_is_not_needed(self, office: Office) -> None:
        old_key, newest = new_key(), new_key()
        office.takes_keys(Keyring([old_key]))
        code_ids = [await office.code(submission=f"V{number}") for number in range(3)]
        texts = [await show(office, code_id, OLA) for code_id in code_ids]
        assert await rotate(office.database, Keyring([newest, old_key])) == 3
        office.takes_keys(Keyring([newest]))
        assert [await show(office, code_id, OLA) for code_id in code_ids] == texts

    async def test_without_the_key_a_code_cannot_be_read(self, office: Office) -> None:
        code_id = await office.code()
        office.takes_keys(Keyring([new_key()]))
        with pytest.raises(SecretUnreadable):
            await show(office, code_id, OLA)

    @pytest.mark.parametrize("keys", [[], ["short"], ["!" * 44]])
    def test_a_malformed_key_is_refused(self, keys: list[str]) -> None:
        with pytest.raises(BadKey):
            Keyring(keys)

    async def test_a_code_drawn_twice_is_drawn_again(self, office: Office) -> None:
        letters = iter("aaaaaaaa" + "aaaaaaaa" + "bbbbbbbb")
        office.takes_keys(Keyring([new_key()], draw=lambda _: next(letters)))
        first, second = await office.code(submission="V1"), await office.code(submission="V2")
        assert await show(office, first, OLA) == "aaaaaaaa@RodeKors"
        assert await show(office, second, OLA) == "bbbbbbbb@RodeKors"


@given(st.text(max_size=80))
def test_every_name_has_a_short_form_that_makes_a_code(name: str) -> None:
    assert CODE_FORMAT.fullmatch("12345678@" + short_name(name))


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Røde Kors", "RodeKors"),
        ("Æsops venner – Åsane", "AesopsvennerAsane"),
        ("BÆRUM RØDE KORS", "BAERUMRODEKORS"),
        ("Æ", "Ae"),
        ("…", "Organisasjon"),
    ],
)
def test_the_short_form_is_letters_and_digits(name: str, short: str) -> None:
    assert short_name(name) == short


@given(st.from_regex(r"[A-Za-z0-9]{8}@[A-Za-z0-9]{1,40}", fullmatch=True))
def test_every_code_of_the_format_is_taken_as_it_is(code: str) -> None:
    assert parse_code(f"  {code}\n") == code


@pytest.mark.parametrize(
    "pasted",
    [
        "Kode: 123a4567@MyNGOname",
        "123a4567@MyNGOname.",
        "«123a4567@MyNGOname»",
        "`123a4567@MyNGOname`",
        "123a4567 @ MyNGOname",
        "123a4567@My\u200bNGOname",
        "\ufeff123a4567@MyNGOname\u00a0",
        "Godkjenningskoden er: 123a4567@MyNGOname!",
        "123a4567@MyNGOname (gyldig til 30.4)",
        "Token=123a4567@MyNGOname;",
        "123a4567＠MyNGOname",
        "123a4567@MyNGO\nname",
        "Kode: 123a4567@MyNGO\r\n  name.",
        "Her er koden til Kari: 123a4567@MyNGOname. Hilsen TechSoup",
        "Koden din er 123a4567@MyNGOname, og den er gyldig i 60 dager.",
        "Hei!\n\n123a4567@MyNGOname\n\nHilsen TechSoup",
        "Kari Nordmann | kari@example.org | 123a4567@MyNGOname | 30.4.2027",
        "Koden til kari1234@lag.ålesund.no er 123a4567@MyNGOname.",
        "123a4567@MyNGOname – gyldig til: 30.4",
        "123a4567@MyNGOname\tKari\tNordmann",
        "Lim inn <123a4567@MyNGOname>: koden 123a4567@MyNGOname.",
        "123a4567@MyNGOname: Kari",
        "Kode: 123a4567@MyNGOname, gyldig til: 2026",
    ],
)
def test_what_came_along_with_a_code_is_taken_away(pasted: str) -> None:
    assert parse_code(pasted) == "123a4567@MyNGOname"


@pytest.mark.parametrize(
    "pasted",
    [
        "123a4567",
        "123a456@MyNGO",
        "12 3a4567@MyNGO",
        "a@b",
        "",
        ":",
        "89ab4567@RodeKors\nStatus:\nAktiv",
        "89ab4567@RodeKors\nAktiv",
        "Koden er 89ab4567@Rode Kors.",
        "89ab4567@Leger uten grenser",
        "Koden er 89ab4567@Røde Kors.",
        "Koden er 89ab4567@Rode-Kors.",
        "Koden er 89ab4567@Rode_Kors.",
        "Koden er 89ab4567@Barn&Unge.",
        "skriv til kari1234@eksempel.no.",
        "89ab4567@MyNGOname, 123a4567@MyNGOname",
        "89ab4567@MyNGOname, 123a4567@My NGOname",
        "Kode: xx89ab4567@MyNGOname.",
        "89ab4567@MyNGOname." + "@" * 3,
        "(" + "a" * 8 + "@" + "b" * 200 + ")",
    ],
)
def test_what_is_no_code_is_still_none(pasted: str) -> None:
    with pytest.raises(CodeMalformed):
        parse_code(pasted)


async def test_a_person_who_leaves_loses_authority_and_codes_go_to_the_account_holders(
    office: Office,
) -> None:
    code_id = await office.code()
    await hand_to_kari(office, code_id)
    person = (await find(office, code_id)).person
    async with office.deciding() as desk:
        await meeting.note_lookup(desk, person.id, KARI)
        await authority.person_left(desk, KARI)
    assert (await find(office, code_id)).user_id is None
    with pytest.raises(NotYours):
        await show(office, code_id, KARI)
    with pytest.raises(NoAuthority):
        await refresh(office, code_id)
