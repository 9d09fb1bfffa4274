"""Which keys codes need is known, whichever code needs which; and turning to a new key keeps
nobody waiting."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.operating.keys import keyring_for
from bot.settings import Settings, read
from storage import codes, organisations, partners, rotate, schema, webhooks
from storage.checking import Checking
from storage.keys import Keyring, SecretUnreadable, new_key
from storage.migrate import opened
from storage.needed_keys import are_at_hand, fold, has_secrets, note_names, open_all
from storage.once import Answer, Question
from storage.records import CodeStatus, Partner, PartnerScope
from storage.sql import insert, null, select, update
from tests.unit.storage.cast import OLA, Office

_FORGET_NAMES = update(schema.codes).values(key_name=null())
_UNFOLD = update(schema.codes).values(folded=null())
_FOLDED = select(schema.codes.c.id, schema.codes.c.folded)
_KEEP_STATEMENT_KEY = insert(schema.statement_keys)
_STATEMENT_KEYS = select(schema.statement_keys)


@pytest.fixture
def keys() -> tuple[str, str]:
    """A newer one and an older."""
    return new_key(), new_key()


async def made(office: Office, key: str, *submissions: str) -> None:
    """Codes, made by a process that has this key alone."""
    office.takes_keys(Keyring([key]))
    for submission in submissions:
        await office.code(submission=submission)


async def at_hand(office: Office, *keys: str) -> tuple[bool, bool]:
    """By the names alone, and by opening each."""
    async with office.database.reading() as transaction:
        ring = Keyring(keys)
        return await are_at_hand(transaction, ring), await open_all(transaction, ring)


async def forget_names(office: Office) -> None:
    """As codes are that were there before a key had a name."""
    async with office.database.transaction() as transaction:
        await transaction.run(_FORGET_NAMES)


async def test_a_ledger_without_codes_needs_no_key(office: Office, keys: tuple[str, str]) -> None:
    async with office.database.reading() as transaction:
        assert not await has_secrets(transaction)
    assert await at_hand(office, keys[0]) == (True, True)


@pytest.mark.parametrize("order", [(0, 1, 0), (1, 0, 0), (0, 0, 1)])
async def test_a_key_that_one_code_alone_needs_is_missed(
    office: Office, keys: tuple[str, str], order: tuple[int, ...]
) -> None:
    """Whether it is the newest, the oldest, or one between."""
    for number, which in enumerate(order):
        await made(office, keys[which], f"V{number}")
    assert await at_hand(office, *keys) == (True, True)
    assert await at_hand(office, keys[0]) == (False, False)
    assert await at_hand(office, keys[1]) == (False, False)


async def test_after_rotation_the_first_key_is_enough(
    office: Office, keys: tuple[str, str]
) -> None:
    newest, oldest = keys
    await made(office, oldest, "V1", "V2")
    await made(office, newest, "V3")
    assert await rotate.rotate(office.database, Keyring(keys)) == 2
    assert await at_hand(office, newest) == (True, True)
    assert await rotate.rotate(office.database, Keyring(keys)) == 0


async def test_codes_from_before_keys_had_names_are_given_them(
    office: Office, keys: tuple[str, str]
) -> None:
    newest, oldest = keys
    await made(office, oldest, "V1")
    await made(office, newest, "V2")
    await forget_names(office)
    await note_names(office.database, Keyring([newest]))
    assert await at_hand(office, *keys) == (False, True)
    await note_names(office.database, Keyring(keys))
    assert await at_hand(office, *keys) == (True, True)
    assert await at_hand(office, newest) == (False, False)


async def test_rotation_takes_codes_from_before_keys_had_names(
    office: Office, keys: tuple[str, str]
) -> None:
    newest, oldest = keys
    await made(office, oldest, "V1")
    await made(office, newest, "V2")
    await forget_names(office)
    assert await rotate.rotate(office.database, Keyring(keys)) == 2
    assert await at_hand(office, newest) == (True, True)


async def test_others_write_between_two_batches(
    office: Office, keys: tuple[str, str], migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.patience.LOCK_WAIT_SECONDS", 0.5)
    await made(office, keys[1], *(f"V{number}" for number in range(7)))
    monkeypatch.setattr(rotate, "_CODES", replace(rotate._CODES, after=rotate._AFTER.limit(3)))
    rests: list[float] = []
    async with opened(migrated_url) as other:

        async def write_meanwhile(seconds: float) -> None:
            rests.append(seconds)
            async with other.transaction() as transaction:
                await organisations.add(transaction, f"T{len(rests)}", "Imens")

        assert await rotate.rotate(office.database, Keyring(keys), write_meanwhile) == 7
    assert len(rests) == 3
    assert min(rests) > 0


async def test_what_is_made_with_the_old_key_meanwhile_is_taken_as_well(
    office: Office, keys: tuple[str, str]
) -> None:
    """By a process that has not been told of the new key yet."""
    newest, oldest = keys
    await made(office, oldest, "V1")
    late = ["V2", "V3"]

    async def make_another(seconds: float) -> None:
        if late:
            await made(office, oldest, late.pop())

    assert await rotate.rotate(office.database, Keyring(keys), make_another) == 3
    assert await at_hand(office, newest) == (True, True)


async def test_rotation_without_a_key_that_is_needed_says_so(
    office: Office, keys: tuple[str, str]
) -> None:
    await made(office, keys[1], "V1")
    with pytest.raises(SecretUnreadable):
        await rotate.rotate(office.database, Keyring([keys[0]]))


async def keep_statement_key(office: Office, key: str, text: str = "privat") -> None:
    """What statements are signed with, kept by a process that has this key alone."""
    sealed = Keyring([key]).seal_text(text)
    async with office.database.transaction() as transaction:
        await transaction.run(
            _KEEP_STATEMENT_KEY,
            id=transaction.new_id(),
            secret=sealed.secret,
            key_name=sealed.key_name,
            public=b"offentlig",
            made_at=transaction.now,
        )


async def test_a_key_that_statements_alone_need_is_missed(
    office: Office, keys: tuple[str, str]
) -> None:
    newest, oldest = keys
    await keep_statement_key(office, oldest)
    async with office.database.reading() as transaction:
        assert await has_secrets(transaction)
    assert await at_hand(office, *keys) == (True, True)
    assert await at_hand(office, newest) == (False, False)


async def test_what_statements_are_signed_with_is_turned_to_the_newest_key(
    office: Office, keys: tuple[str, str]
) -> None:
    newest, oldest = keys
    await keep_statement_key(office, oldest, "den ene")
    await keep_statement_key(office, newest, "den andre")
    assert await rotate.rotate(office.database, Keyring(keys)) == 1
    assert await at_hand(office, newest) == (True, True)
    async with office.database.reading() as transaction:
        kept = await transaction.rows(_STATEMENT_KEYS)
    ring = Keyring([newest])
    assert {ring.open(each["secret"]) for each in kept} == {"den ene", "den andre"}
    assert {each["public"] for each in kept} == {b"offentlig"}


async def test_a_key_that_what_partners_are_told_alone_needs_is_missed_and_turned_to_the_newest(
    office: Office, keys: tuple[str, str]
) -> None:
    newest, oldest = keys
    partner = await add_partner(office)
    async with office.database.transaction() as transaction:
        url = "https://partner.example/hooks"
        secret = await webhooks.set_place(transaction, Keyring([oldest]), partner, url)
    async with office.database.reading() as reading:
        assert await has_secrets(reading)
    assert await at_hand(office, *keys) == (True, True)
    assert await at_hand(office, newest) == (False, False)
    assert await rotate.rotate(office.database, Keyring(keys)) == 1
    assert await at_hand(office, newest) == (True, True)
    async with office.database.reading() as reading:
        place = await webhooks.of_partner(reading, Keyring([newest]), partner.id)
    assert place.secrets == (secret,)


async def text_of(office: Office, code_id: str) -> str:
    async with office.asking() as desk:
        return (await codes.show(desk, code_id, OLA)).text


async def add_partner(office: Office) -> Partner:
    async with office.database.transaction() as transaction:
        scope = PartnerScope.ORGANISATION
        return (await partners.add(transaction, "Nettbutikken", scope, is_test=False))[0]


async def check(office: Office, partner: Partner, text: str) -> Answer:
    return await Checking(office.ledger).check(Question(partner, text, "Kontorpakke"))


async def unfold(office: Office) -> None:
    """As codes are that were there before one found them whatever the case of their letters."""
    async with office.database.transaction() as transaction:
        await transaction.run(_UNFOLD)


def settings_with(url: str, folder: Path, keys: tuple[str, ...]) -> Settings:
    slack = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "hemmelig"}
    return read({**slack, "DATABASE_URL": url, "SECRET_KEY": ",".join(keys)}, folder)


async def test_codes_from_before_they_were_found_in_any_case_are_found_once_the_bot_has_started(
    office: Office, keys: tuple[str, str], migrated_url: str, tmp_path: Path
) -> None:
    """Under whichever key of the ring each was sealed."""
    newest, oldest = keys
    partner, texts = await add_partner(office), []
    for number, key in enumerate((oldest, newest)):
        office.takes_keys(Keyring([key]))
        texts.append(await text_of(office, await office.code(submission=f"V{number}")))
    await unfold(office)
    office.takes_keys(Keyring(keys))
    assert [(await check(office, partner, each)).status for each in texts] == [
        CodeStatus.UNKNOWN
    ] * 2
    started_with = settings_with(migrated_url, tmp_path, keys)
    office.takes_keys(await keyring_for(started_with, office.database))
    for text in texts:
        for asked in (text, text.upper(), text.lower()):
            answer = await check(office, partner, asked)
            assert answer.code
            assert (answer.status, answer.code.is_mended) == (CodeStatus.VALID, asked != text)


async def test_a_code_that_no_key_opens_is_found_when_one_does(
    office: Office, keys: tuple[str, str]
) -> None:
    newest, oldest = keys
    await made(office, oldest, "V1")
    await made(office, newest, "V2")
    await unfold(office)
    await fold(office.database, Keyring([newest]))
    assert len([each for each in await folded(office) if each]) == 1
    await fold(office.database, Keyring(keys))
    assert all(await folded(office))


async def folded(office: Office) -> list[bytes | None]:
    async with office.database.reading() as transaction:
        return [row["folded"] for row in await transaction.rows(_FOLDED)]


async def test_a_process_that_has_the_old_key_alone_finds_what_another_has_folded(
    office: Office, keys: tuple[str, str]
) -> None:
    """A new key comes to one process after the other."""
    _newest, oldest = keys
    partner = await add_partner(office)
    office.takes_keys(Keyring([oldest]))
    text = await text_of(office, await office.code())
    await unfold(office)
    await fold(office.database, Keyring(keys))
    assert (await check(office, partner, text.upper())).status is CodeStatus.VALID


async def test_after_rotation_a_code_is_found_in_any_case_with_the_newest_key_alone(
    office: Office, keys: tuple[str, str]
) -> None:
    newest, oldest = keys
    partner = await add_partner(office)
    office.takes_keys(Keyring([oldest]))
    text = await text_of(office, await office.code())
    await unfold(office)
    await rotate.rotate(office.database, Keyring(keys))
    office.takes_keys(Keyring([newest]))
    assert (await check(office, partner, text.upper())).status is CodeStatus.VALID
