"""In a workspace with several organisations: which of them somebody means.

    1. What they act on says so: the record that a button is about, or the view it stands in.
    2. Else what they have chosen before; else the only one to which they belong.
    3. Else they choose, before a form or a list is opened. A question is answered by the first of
       theirs, or the first there is.

What is shown then says which organisation it is about.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from msgspec import Struct

from handlers.call import Call, Reply
from handlers.forms import Form
from handlers.house import Workspace
from handlers.views import FORMS, opening
from storage import choosing
from storage.database import Reading
from storage.organisations import of_team
from storage.records import Organisation
from storage.refusals import NoOrganisation, NotFound
from templates import ids
from templates.choosing import choose_view

RECORD = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{26}\b")

GOES_ON = frozenset(
    (
        ("command", ids.COMMAND),
        ("shortcut", ids.SHORTCUT_ASK),
        *(
            ("action", name)
            for name in (
                ids.ASK,
                ids.MY_CODES,
                ids.ALL_CODES,
                ids.WAITING,
                ids.HOLDERS,
                ids.PEOPLE,
                ids.HISTORY,
                ids.UNANSWERED,
                ids.ASK_HOLDER,
            )
        ),
    )
)
"""What can go on when it has been asked which organisation is meant (`chosen`)."""

MODAL_WORDS = frozenset(("", "koder", "behandle", "kontoholdere", "personer", "historikk"))
"""After the command, what opens something of one organisation."""


class Known(Struct, frozen=True):
    """What there is to go by."""

    there: Sequence[Organisation]
    acted_on: Sequence[str]
    """Those of them that what was acted on says."""

    mine: Sequence[str]
    chosen: str | None

    @property
    def choices(self) -> Sequence[Organisation]:
        return choosing.choices_among(self.there)

    @property
    def meant(self) -> str | None:
        """The organisation's id; None where nothing says which."""
        choices = [each.id for each in self.choices]
        if len(self.acted_on) == 1:
            return self.acted_on[0]
        if self.chosen in choices:
            return self.chosen
        if len(self.mine) == 1:
            return self.mine[0]
        return choices[0] if len(choices) == 1 else None

    @property
    def likeliest(self) -> str:
        """Where nobody can be asked."""
        return self.meant or next(iter(self.mine), self.choices[0].id)


async def known(call: Call, workspace: Workspace) -> Known:
    """
    Raises:
        NoOrganisation: there is none any more.
        NotFound: what was acted on is of one that is not here any more.
    """
    async with workspace.house.ledger.database.reading() as reading:
        there = await of_team(reading, workspace.team_id)
        if not there:
            raise NoOrganisation
        return Known(
            there,
            await _acted_on(reading, there, call),
            await _theirs(reading, choosing.choices_among(there), call.user_id),
            await choosing.chosen(reading, workspace.team_id, call.user_id),
        )


async def _acted_on(reading: Reading, there: Sequence[Organisation], call: Call) -> list[str]:
    """
    Raises:
        NotFound: of none of these.
    """
    said = f"{call.value} {call.private_metadata} {call.mark} {call.notice_id}"
    records = sorted(set(RECORD.findall(said)))
    owners = await choosing.owners(reading, records) if records else frozenset()
    found = [each.id for each in there if each.id in owners]
    if owners and not found:
        raise NotFound
    return found


async def _theirs(reading: Reading, there: Sequence[Organisation], user_id: str) -> list[str]:
    return [each.id for each in there if await choosing.belongs_to(reading, each.id, user_id)]


def at(workspace: Workspace, found: Known, organisation_id: str) -> Workspace:
    """The workspace at this one of its organisations."""
    (organisation,) = [each for each in found.there if each.id == organisation_id]
    return workspace.at(organisation.id, organisation.name)


async def at_theirs(workspace: Workspace, user_id: str) -> Workspace:
    """For what is shown to somebody who has asked for nothing just now."""
    call = Call("", "", workspace.team_id, "", user_id, "")
    found = await known(call, workspace)
    return at(workspace, found, found.likeliest)


async def at_each(workspace: Workspace) -> list[Workspace]:
    """The workspace at each of its organisations; as it is where it has one, or none, or where one
    is meant."""
    if workspace.organisation_id:
        return [workspace]
    async with workspace.house.ledger.database.reading() as reading:
        there = await of_team(reading, workspace.team_id)
    if len(there) < 2:
        return [workspace]
    return [workspace.at(each.id, each.name) for each in there]


def may_be_asked(call: Call) -> bool:
    """Whether it opens something of one organisation, so that one can be asked first which."""
    if (call.kind, call.id) not in GOES_ON or not call.trigger_id:
        return False
    return call.kind != "command" or call.text.strip().casefold() in MODAL_WORDS


def ask_which(call: Call, workspace: Workspace, found: Known) -> Reply:
    """First; then it goes on with what was to be done."""
    metadata = f"{call.kind} {call.id} {call.text.strip().casefold() or call.value}"
    mine = frozenset(found.mine)
    view = choose_view(workspace.words, found.choices, mine, metadata=metadata)
    return opening(call, workspace, view)


async def open_choice(call: Call, workspace: Workspace) -> Reply:
    """By the button that stands on Home, on forms and under answers; over a form, so that whoever
    thinks better of it finds what they have typed."""
    found = await known(call, workspace)
    metadata = f"action {ids.ASK} " if call.callback_id in FORMS else ""
    mine = frozenset(found.mine)
    view = choose_view(workspace.words, found.choices, mine, found.meant, metadata=metadata)
    return opening(call, workspace, view)


async def choose(call: Call, workspace: Workspace) -> tuple[Workspace, Call | None]:
    """The workspace at the one that was chosen, which is kept; and what was to be done.

    Raises:
        Problems: none is chosen.
        NotFound: it is none of this workspace's any more.
    """
    fields = Form(call)
    which = fields.organisation()
    fields.require_right()
    async with workspace.house.ledger.database.transaction() as transaction:
        await choosing.choose(transaction, workspace.team_id, call.user_id, which)
    found = await known(replace(call, private_metadata="", mark=which), workspace)
    return at(workspace, found, which), _what_was_to_be_done(call)


def _what_was_to_be_done(call: Call) -> Call | None:
    kind, _, rest = call.private_metadata.partition(" ")
    call_id, _, text = rest.partition(" ")
    if not call_id:
        return None
    return replace(
        call,
        kind=kind,
        id=call_id,
        text=text if kind == "command" else "",
        value="" if kind == "command" else text,
        view_id="",
        private_metadata="",
        state={},
    )
