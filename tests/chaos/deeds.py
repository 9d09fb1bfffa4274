"""What people do, each as their screen lets them; NotOnScreen where it does not."""

import re
from collections.abc import Mapping

from bot.trial.sandbox.screen import NotOnScreen
from tests.chaos.people import Actor, Deed

COMMAND = "/godkjenningskode"
WAIT = 4.0
"""Seconds that somebody looks at a screen before they give up."""

QUESTIONS = (
    "Hvordan ser koden ut?",
    "Hvor mange koder kan jeg ha?",
    "Kan flere ha hver sin kode?",
    "Hva gjør jeg med koden?",
    "Kan koden brukes flere ganger?",
    "Når går koden ut?",
)
"""Each is answered under these very words."""

FOR_ALL_TO_HEAR = QUESTIONS[1:3]
"""Those to which the answer is the same for everybody."""

A_CODE = re.compile(r"\b[A-Za-z0-9]{8}@[A-Za-z0-9]+\b")


# Whoever is a member


async def asks_privately(actor: Actor) -> None:
    await actor.human.says(actor.random.choice(QUESTIONS))


async def asks_in_the_channel(actor: Actor) -> None:
    question = actor.random.choice(FOR_ALL_TO_HEAR)
    await actor.human.says(f"{actor.town.slack.mention} {question}", actor.town.square)


async def asks_after_the_command(actor: Actor) -> None:
    answer = await actor.human.types(f"{COMMAND} {actor.random.choice(QUESTIONS)}")
    if answer is None:
        raise NotOnScreen("no answer")


async def asks_for_a_code(actor: Actor) -> None:
    """An account holder who fills the form makes one at once."""
    person = actor.human.record
    await _fills(actor, person.first_name, person.last_name, str(person.email))


async def asks_for_somebody_outside(actor: Actor) -> None:
    """Who may join later: the address is theirs."""
    matter = actor.town.new_matter()
    await _fills(actor, "Nils", f"Utenfor{matter[4:]}", f"{matter}@example.net", matter)


async def _fills(actor: Actor, first: str, last: str, email: str, matter: str = "") -> None:
    await actor.human.types(COMMAND)
    await actor.human.sees("Fornavn", WAIT)
    await actor.human.fills(
        {
            "Fornavn": first,
            "Etternavn": last,
            "E-post": email,
            "Rolle i organisasjonen": "Frivillig",
            "Hva skal koden brukes til?": matter or actor.town.new_matter(),
            "Representasjonsmyndighet": True,
        }
    )
    await actor.submits()


async def withdraws_a_request(actor: Actor) -> None:
    message = actor.some_message_with("Trekk forespørselen")
    await actor.human.clicks("Trekk forespørselen", where=message, timeout=0)


async def asks_once_more(actor: Actor) -> None:
    await actor.human.clicks("Purre", where=actor.some_message_with("Purre"), timeout=0)


async def looks_at_a_code(actor: Actor) -> None:
    message = actor.some_message_with("Vis koden")
    await actor.human.clicks("Vis koden", where=message, timeout=0)
    await actor.human.sees_view("Godkjenningskoden", WAIT)


async def writes_a_code_down(actor: Actor) -> None:
    """A code that is a secret, to the bot."""
    await looks_at_a_code(actor)
    view = actor.human.view()
    found = A_CODE.search(view.text()) if view else None
    if found is None:
        raise NotOnScreen("no code")
    await actor.human.says(f"koden min er {found[0]}")


async def refreshes(actor: Actor) -> None:
    """At once for an account holder; anybody else asks one."""
    await _in_the_list(actor, "Oppdater koden")


async def revokes(actor: Actor) -> None:
    await _in_the_list(actor, "Trekk tilbake")


async def _in_the_list(actor: Actor, button: str) -> None:
    await actor.human.types(f"{COMMAND} koder")
    view = await actor.human.waits_for(actor.human.view, "no list", WAIT)
    count = sum(each.text == button for each in view.buttons())
    if not count:
        raise NotOnScreen(button)
    await actor.human.clicks(button, number=actor.random.randint(1, count), timeout=0)


async def opens_home(actor: Actor) -> None:
    await actor.human.opens_home()


# Account holders


async def approves(actor: Actor) -> None:
    await _opens(actor, "Godkjenn", "Godkjenn forespørsel")
    await actor.human.fills({"Representasjonsmyndighet": True})
    await actor.submits()


async def declines(actor: Actor) -> None:
    await _opens(actor, "Avslå", "Avslå forespørsel")
    await actor.human.fills(
        {"Grunn": actor.random.choice(("Kjenner ikke personen", "Trenger mer informasjon"))}
    )
    await actor.submits()


async def _opens(actor: Actor, button: str, title: str) -> None:
    message = actor.some_message_with(button)
    await actor.human.clicks(button, where=message, timeout=0)
    await actor.human.sees_view(title, WAIT)


async def says_that_it_is_sent(actor: Actor) -> None:
    label = "Jeg har sendt den"
    await actor.human.clicks(label, where=actor.some_message_with(label), timeout=0)


OF_EVERYBODY: Mapping[str, tuple[Deed, int]] = {
    "asked privately": (asks_privately, 3),
    "asked in a channel": (asks_in_the_channel, 1),
    "asked after the command": (asks_after_the_command, 1),
    "asked for a code": (asks_for_a_code, 6),
    "asked for somebody outside Slack": (asks_for_somebody_outside, 1),
    "withdrew a request": (withdraws_a_request, 1),
    "asked for an answer once more": (asks_once_more, 1),
    "looked at a code": (looks_at_a_code, 1),
    "wrote a code in a message": (writes_a_code_down, 1),
    "asked for a refresh, or refreshed": (refreshes, 2),
    "opened Home": (opens_home, 1),
}
OF_ACCOUNT_HOLDERS: Mapping[str, tuple[Deed, int]] = {
    **OF_EVERYBODY,
    "asked for a code": (asks_for_a_code, 1),
    "approved": (approves, 12),
    "declined": (declines, 3),
    "revoked": (revokes, 1),
    "said that a code is sent": (says_that_it_is_sent, 2),
}
