"""Which keys codes need is known, whichever code needs which; and turning to a new key keeps
nobody waiting."""

from dataclasses import replace

import pytest
from sqlalchemy import null, update

from storage import organisations, rotate, schema
from storage.keys import Keyring, SecretUnreadable, new_key
from storage.migrate import opened
from storage.needed_keys import are_at_hand, has_secrets, note_names, open_all
from tests.unit.storage.cast import Office

_FORGET_NAMES = update(schema.codes).values(key_name=null())


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
