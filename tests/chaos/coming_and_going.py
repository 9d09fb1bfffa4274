"""Who leaves, and who joins."""

import asyncio
from random import Random

from tests.chaos.deeds import OF_EVERYBODY
from tests.chaos.people import Actor, Town


async def come_and_go(town: Town, random: Random, rest: tuple[float, float]) -> None:
    """One after the other leaves, and for each somebody joins; one account holder stays."""
    while True:
        await asyncio.sleep(random.uniform(*rest))
        await town.outdoors.wait()
        async with town.moving:
            await _somebody_leaves(town, random)
            await _somebody_joins(town, random)


async def _somebody_leaves(town: Town, random: Random) -> None:
    here = [actor for actor in town.actors[1:] if not actor.human.record.deleted]
    if len(here) < 3:
        return
    leaver = random.choice(here)
    async with leaver.hands:
        if random.random() < 0.3:
            town.figures.deeds["left unseen"] += 1
            town.slack.workspace.deactivate(leaver.human.record)
        else:
            town.figures.deeds["left"] += 1
            await town.slack.deactivates(leaver.human)


async def _somebody_joins(town: Town, random: Random) -> None:
    """Sometimes with an address for which a code has been asked before."""
    number = len(town.actors)
    email = f"ny{number}@example.org"
    if town.numbers and random.random() < 0.5:
        email = f"sak-{random.randint(1, town.numbers)}@example.net"
    if any(user.email == email for user in town.slack.workspace.users.values()):
        return
    human = town.slack.person(f"Ny{number}", "Nordmann", email)
    town.square.member_ids.add(human.id)
    town.actors.append(Actor(town, human, Random(random.random()), OF_EVERYBODY))
    town.figures.deeds["joined"] += 1
    await town.slack.joins(human)
