"""What the bot lives on: a part that ends by itself ends all, with a name; and ends are orderly."""

import asyncio

import pytest

from bot.living import Died, Life, Work, living


async def never() -> None:
    await asyncio.Event().wait()


async def fail() -> None:
    raise OSError("the disk is gone")


async def end() -> None:
    return


@pytest.mark.parametrize("work", [fail, end])
async def test_a_part_that_ends_by_itself_ends_the_block(work: Work) -> None:
    async def live() -> None:
        async with living(1.0) as life:
            life.start("another", never)
            life.start("web server", work)
            await never()

    with pytest.raises(Died) as died:
        await live()
    assert died.value.part == "web server"


async def test_a_part_that_is_cancelled_from_elsewhere_has_died_too() -> None:
    async def live() -> None:
        async with living(1.0) as life:
            task = life.start("web server", never)
            await asyncio.sleep(0)  # it has begun
            task.cancel()
            await never()

    with pytest.raises(Died):
        await live()


async def test_what_the_block_raises_is_told_as_it_is() -> None:
    async def live() -> None:
        async with living(1.0) as life:
            life.start("web server", never)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await live()


async def test_at_the_end_every_part_is_told_once_and_may_end() -> None:
    told: list[str] = []
    async with living(1.0) as life:
        ended = asyncio.Event()

        async def until_told() -> None:
            await ended.wait()

        life.tell_at_the_end(lambda: told.append("first"))
        life.tell_at_the_end(ended.set)
        task = life.start("dispatcher", until_told)
        life.end()
        life.end()
        await life.see_out(task)
        assert task.done()
    assert told == ["first"]


async def test_one_that_does_not_end_in_time_is_ended() -> None:
    async with living(0.01) as life:
        task = life.start("dispatcher", never)
        life.end()
        await life.see_out(task)
        assert task.cancelled()
        assert life.seconds_left() == 0.0


async def test_no_part_is_well_before_it_is_there_and_none_when_looking_fails() -> None:
    async def well() -> bool:
        return True

    async def broken() -> bool:
        raise OSError

    async with living(1.0) as life:
        life.needs("database", "dispatcher", "slack")
        life.watch("database", well)
        life.watch("dispatcher", broken)
        assert await life.parts() == {"database": True, "dispatcher": False, "slack": False}
        with pytest.raises(KeyError):
            life.watch("kitchen", well)


async def test_a_block_that_is_cancelled_ends_as_cancelled() -> None:
    entered = asyncio.Event()

    async def live() -> Life:
        async with living(1.0) as life:
            life.start("web server", never)
            entered.set()
            await never()
        return life

    task = asyncio.create_task(live())
    await entered.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_a_part_that_cannot_tell_is_not_well_and_is_asked_by_one_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.living.ANSWER_SECONDS", 0.01)
    asked = 0
    can_tell = asyncio.Event()

    async def check() -> bool:
        nonlocal asked
        asked += 1
        return await can_tell.wait()

    async with living(1.0) as life:
        life.needs("database")
        life.watch("database", check)
        for _ in range(3):
            assert await life.parts() == {"database": False}
            assert life.reasons() == {"database": "no_answer"}
        assert asked == 1
        can_tell.set()
        monkeypatch.setattr("bot.living.ANSWER_SECONDS", 5)
        assert await life.parts() == {"database": True}
        assert life.reasons() == {}
