"""What has happened is chained: it is only added to, and any change shows."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from storage import audit, chain, leaving, organisations, requests, schema
from storage.database import Database
from storage.keys import Keyring, new_key
from storage.on_sqlite import SqliteDatabase
from storage.records import OPERATOR, Action
from storage.sql import bindparam, delete, insert, select, text, update
from storage.statements import Row
from storage.verifying import Break, Head, Verified, verify
from tests.conftest import TravellingClock
from tests.unit.storage.cast import ANNE, KARI, OLA, Office, details

_ENTRIES = (
    select(schema.audit)
    .where(schema.audit.c.organisation_id == bindparam("of_organisation"))
    .order_by(schema.audit.c.seq)
)
TRIGGERS = ("audit_is_not_replaced", "audit_is_not_changed", "audit_is_not_deleted")


async def entries(office: Office) -> list[Row]:
    async with office.looking() as desk:
        return await desk.rows(_ENTRIES)


async def verified(office: Office, known: Sequence[Head] = ()) -> Verified:
    (found,) = await verify(office.database, known)
    return found


async def past_the_guards(database: Database, *statements: tuple[Any, Row]) -> None:
    """As somebody who can write to the database."""
    async with database.transaction() as transaction:
        if isinstance(database, SqliteDatabase):
            for name in TRIGGERS:
                await transaction.run(text(f"DROP TRIGGER {name}"))
        else:
            await transaction.run(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        for statement, values in statements:
            await transaction.run(statement, **values)
        if not isinstance(database, SqliteDatabase):
            await transaction.run(text("ALTER TABLE audit ENABLE TRIGGER USER"))


async def run(database: Database, *statements: Any) -> None:
    async with database.transaction() as transaction:
        for statement in statements:
            await transaction.run(statement)


async def test_what_happens_is_appended_in_order_and_whole(office: Office) -> None:
    await office.code()
    found = await entries(office)
    assert [row["seq"] for row in found] == list(range(1, len(found) + 1))
    assert [row["action"] for row in found][-3:] == [
        Action.REQUEST_ASKED,
        Action.REQUEST_APPROVED,
        Action.CODE_MADE,
    ]
    whole = await verified(office)
    assert (whole.broken, whole.head.seq, whole.head.hash) == (
        None,
        len(found),
        found[-1]["hash"],
    )


async def test_nothing_that_was_typed_and_nobody_who_did_it_is_in_the_chain(
    office: Office,
) -> None:
    """Their names stand beside it: what is hashed is the same whoever it was."""
    await office.code(details("Planta", "Navnesen"))
    for row in await entries(office):
        hashed = {name: row[name] for name in row if name not in ("actor", "salt", "hash")}
        shown = json.dumps({name: str(value) for name, value in hashed.items()})
        assert not any(known in shown for known in ("lanta", "Navnesen", OLA, ANNE, KARI))
        other = {**row, "actor": "somebody else"}
        assert chain.hash_of(other, b"") == chain.hash_of(row, b"")


@pytest.mark.parametrize(
    "change",
    [
        update(schema.audit).values(action=Action.CODE_SHOWN),
        update(schema.audit).values(actor="UEVE"),
        update(schema.audit).values(salt=b"other"),
        update(schema.audit).values(actor="erased"),
        update(schema.audit).values(actor="erased", salt=None, code_id="C0OTHER"),
        delete(schema.audit),
    ],
)
async def test_the_database_lets_nothing_of_it_be_changed_or_deleted(
    office: Office, change: Any
) -> None:
    await office.code()
    before = await entries(office)
    with pytest.raises(Exception, match="only added to"):
        await run(office.database, change)
    assert await entries(office) == before


async def test_nor_does_it_let_one_be_replaced(office: Office) -> None:
    await office.code()
    (*_, last) = await entries(office)
    again = insert(schema.audit)
    name = "OR REPLACE" if isinstance(office.database, SqliteDatabase) else ""
    with pytest.raises(Exception, match=r"only added to|duplicate key"):
        async with office.database.transaction() as transaction:
            await transaction.run(again.prefix_with(name) if name else again, **last)
    assert (await verified(office)).broken is None


async def test_a_table_that_is_emptied_at_once_is_refused_too(office: Office) -> None:
    if isinstance(office.database, SqliteDatabase):
        return  # it has no such statement
    with pytest.raises(Exception, match="only added to"):
        await run(office.database, text("TRUNCATE audit"))


async def test_who_did_it_can_be_erased_and_the_chain_is_whole(office: Office) -> None:
    await office.code()
    erase = (
        update(schema.audit).where(schema.audit.c.actor == OLA).values(actor="erased", salt=None)
    )
    await run(office.database, erase)
    found = await entries(office)
    assert OLA not in {row["actor"] for row in found}
    whole = await verified(office)
    assert whole.broken is None
    assert whole.erased == sum(row["actor"] == "erased" for row in found) > 0
    await office.code(submission="V2")
    assert (await verified(office)).broken is None


async def test_all_of_an_organisation_can_go_with_its_head(office: Office) -> None:
    neighbour = await Office.begin(office.database, team="T0NEXT", name="Naboen")
    theirs = neighbour.standing.organisation.id
    await run(
        office.database,
        delete(schema.audit_heads).where(schema.audit_heads.c.organisation_id == theirs),
        delete(schema.audit).where(schema.audit.c.organisation_id == theirs),
    )
    assert await entries(neighbour) == []
    assert (await entries(office))[0]["seq"] == 1


FIFTH = schema.audit.c.seq == 5
CHANGES: dict[str, tuple[Any, Break, int]] = {
    "another action": (
        update(schema.audit).where(FIFTH).values(action=Action.CODE_SHOWN),
        Break.CHANGED,
        4,
    ),
    "somebody else": (update(schema.audit).where(FIFTH).values(actor="UEVE"), Break.CHANGED, 4),
    "somebody erased who is not": (
        update(schema.audit).where(FIFTH).values(salt=None),
        Break.CHANGED,
        4,
    ),
    "another place": (update(schema.audit).where(FIFTH).values(seq=50), Break.MISSING, 4),
    "one is gone": (delete(schema.audit).where(FIFTH), Break.MISSING, 4),
    "the first is gone": (
        delete(schema.audit).where(schema.audit.c.seq == 1),
        Break.MISSING,
        0,
    ),
    "the last are gone": (delete(schema.audit).where(schema.audit.c.seq > 5), Break.CUT_OFF, 5),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_whatever_is_changed_past_the_guards_is_found(office: Office, change: str) -> None:
    await office.code()
    await office.code(submission="V2")
    statement, broken, last_whole = CHANGES[change]
    await past_the_guards(office.database, (statement, {}))
    found = await verified(office)
    assert (found.broken, found.head.seq) == (broken, last_whole)


async def forged(office: Office, upto: int) -> None:
    """A whole new chain, as short as that, by somebody who knows how one is made."""
    rows = (await entries(office))[:upto]
    before = chain.BEGINNING
    for row in rows:
        row["actor"], row["salt"] = "UEVE", chain.new_salt()
        row["commitment"] = chain.commitment(row["salt"], row["actor"])
        before = row["hash"] = chain.hash_of(row, before)
    head = update(schema.audit_heads).values(seq=bindparam("new_seq"), hash=bindparam("new_hash"))
    await past_the_guards(
        office.database,
        (delete(schema.audit), {}),
        *((insert(schema.audit), row) for row in rows),
        (head, {"new_seq": len(rows), "new_hash": before}),
    )


@pytest.mark.parametrize(("short", "broken"), [(0, Break.ANOTHER), (2, Break.CUT_OFF)])
async def test_a_whole_new_chain_is_found_by_where_the_old_one_ended(
    office: Office, short: int, broken: Break
) -> None:
    await office.code()
    known = (await verified(office)).head
    await forged(office, known.seq - short)
    assert (await verified(office)).broken is None, "nothing in the database tells of it"
    assert (await verified(office, [known])).broken is broken


async def test_what_is_gone_altogether_is_found_by_where_it_ended(office: Office) -> None:
    head = (await verified(office)).head
    other = replace(head, organisation_id="0" * 26)
    ours, gone = await verify(office.database, [head, other])
    assert (ours.broken, gone.broken) == (None, Break.CUT_OFF)


async def test_what_is_said_to_have_left_is_gone_through_all_the_same(office: Office) -> None:
    await office.code()
    left = update(schema.organisations).values(left_at=office.database.clock())
    await run(office.database, left)
    assert (await verified(office)).broken is None
    await past_the_guards(
        office.database, (delete(schema.audit_heads), {}), (delete(schema.audit), {})
    )
    assert (await verified(office)).broken is Break.CUT_OFF


async def test_one_that_has_left_is_gone_through_until_all_of_it_is_gone(office: Office) -> None:
    await office.code()
    async with office.database.transaction() as transaction:
        await leaving.leave(transaction, office.standing.organisation.id)
    found = await verified(office)
    assert (found.called, found.broken) == (office.standing.organisation.id, None)
    change = update(schema.audit).where(schema.audit.c.seq == 1).values(actor="U0OTHER")
    await past_the_guards(office.database, (change, {}))
    assert (await verified(office)).broken is Break.CHANGED


async def test_of_several_in_one_workspace_each_is_called_by_its_name(office: Office) -> None:
    async with office.database.transaction() as transaction:
        await organisations.add(transaction, office.team, "Laget", another=True)
    called = {each.called for each in await verify(office.database)}
    assert called == {f"{office.team}/RodeKors", f"{office.team}/Laget"}


async def test_where_a_chain_ended_is_known_by_its_mark(office: Office) -> None:
    keyring, other = Keyring([new_key()]), Keyring([new_key()])
    head = (await verified(office)).head
    line = head.marked(keyring)
    assert Head.read(f"{line}\n", keyring) == head
    assert Head.read(line, other) is None
    assert Head.read(line.replace(f" {head.seq} ", f" {head.seq - 1} "), keyring) is None
    assert Head.read("", keyring) is None


async def test_what_is_rolled_back_is_in_no_chain(office: Office) -> None:
    before = await entries(office)

    async def work() -> None:
        async with office.deciding() as desk:
            await audit.record(desk, OLA, Action.PERSON_LEFT)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await work()
    assert await entries(office) == before


async def test_many_at_once_make_one_chain(office: Office) -> None:
    """In one organisation, and in two in the same transactions, in whichever order."""
    neighbour = await Office.begin(office.database, team="T0NEXT", name="Naboen")
    both = [each.standing.organisation.id for each in (office, neighbour)]

    async def ask(number: int) -> None:
        await office.ask(details(f"Navn{number}"), submission=f"S{number}")

    async def tell_of_both(number: int) -> None:
        about = both if number % 2 else both[::-1]
        async with office.database.transaction() as transaction:
            subjects = [(each, None) for each in about]
            await audit.record_each(transaction, OPERATOR, Action.NOTICE_RETRIED, subjects)

    await asyncio.gather(*(ask(n) for n in range(12)), *(tell_of_both(n) for n in range(12)))
    for found in await verify(office.database):
        assert found.broken is None
    assert len(await entries(office)) >= 24


async def test_a_new_organisation_begins_its_own(office: Office, clock: TravellingClock) -> None:
    async with office.database.transaction() as transaction:
        assert await organisations.add(transaction, "T0NEW", "Nye laget")
        assert not await organisations.add(transaction, "T0NEW", "Nye laget")
    async with office.ledger.looking("T0NEW") as desk:
        (first,) = await desk.rows(_ENTRIES)
    assert (first["seq"], first["action"]) == (1, Action.ORGANISATION_ADDED)
    assert [each.broken for each in await verify(office.database)] == [None, None]


async def test_in_one_transaction_the_order_is_that_in_which_it_was_done(office: Office) -> None:
    """They share their time, and their ids tell nothing of it."""
    async with office.asking() as desk:
        for number in range(20):
            form = requests.NewRequest(KARI, details(f"Navn{number}"), "", f"S{number}")
            await requests.ask(desk, form)
            await audit.record(desk, KARI, Action.CODE_SHOWN, code_id=f"{number:026}")
    async with office.looking() as desk:
        happened = await audit.happened(desk, most=40)
    assert [each.code_id for each in happened if each.code_id] == [
        f"{number:026}" for number in reversed(range(20))
    ]
