"""What is seen of a registration: the form, what the operator reads, what is told."""

import json
from collections.abc import Callable, Iterator
from functools import partial

from msgspec.structs import replace
from slack_sdk.models.views import View

from storage.audit import Decision
from storage.records import OPERATOR, Action, Issuer, Organisation, OrganisationState
from templates import registering
from templates.message import Message
from templates.registering import Entered
from templates.words import Words
from tests.unit.templates.cast import ASKER, HOLDER, HOLDERS, NOW, Cast

Screens = Iterator[tuple[str, Callable[[Words], View | Message]]]


def _organisations(cast: Cast) -> dict[str, Organisation]:
    waiting = replace(
        cast.situation().organisation,
        name=cast.organisation,
        state=OrganisationState.AWAITING,
        number="988077917",
        is_at_techsoup=True,
        registered_by=HOLDER,
        revision=1,
    )
    suspended = replace(waiting, state=OrganisationState.SUSPENDED)
    return {
        "waiting": waiting,
        "refused": replace(waiting, verdict=cast.message),
        "approved": replace(waiting, state=OrganisationState.APPROVED, is_at_techsoup=False),
        "suspended": suspended,
        "suspended-for-a-reason": replace(suspended, verdict=cast.message, issuer=Issuer.TECHSOUP),
        "added-by-the-operator": replace(
            waiting,
            state=OrganisationState.SUSPENDED,
            number=None,
            is_at_techsoup=None,
            registered_by=None,
        ),
    }


def _named(organisation: Organisation, cast: Cast) -> Organisation:
    """By Slack, in another workspace than the one in which it is read."""
    known = dict.fromkeys((organisation.team_id, HOLDER, *HOLDERS), cast.organisation)
    return replace(organisation, names=json.dumps(known))


def registering_screens(cast: Cast) -> Screens:
    every = _organisations(cast)
    for name, goes_at in (("goes", NOW), ("back", None)):
        yield (
            f"organisation_leaving/{name}",
            partial(
                registering.organisation_leaving,
                organisation=_named(every["approved"], cast),
                goes_at=goes_at,
            ),
        )
    yield "registering/installed", partial(registering.installed_message, there=None)
    yield (
        "registering/installed-again",
        partial(registering.installed_message, there=every["approved"]),
    )
    new = Entered(cast.organisation, short_name="RodeKors", holders=(ASKER,))
    yield "registering/form-new", partial(registering.register_view, entered=new)
    yield (
        "registering/form-another",
        partial(registering.register_view, entered=new, is_another=True),
    )
    yield "registering/form-nothing-known", partial(registering.register_view, entered=Entered())
    sent = Entered.of(every["refused"], HOLDERS)
    yield (
        "registering/form-refused",
        partial(registering.register_view, entered=sent, sent=every["refused"]),
    )
    yield (
        "registering/form-waiting",
        partial(
            registering.register_view,
            entered=sent,
            sent=every["waiting"],
            offers_another=True,
        ),
    )
    yield "registering/sent", partial(registering.registered_view, organisation=every["waiting"])
    for name, organisation in every.items():
        holders = HOLDERS if organisation.registered_by else ()
        yield (
            f"organisation_registered/{name}",
            partial(
                registering.organisation_registered, organisation=organisation, holders=holders
            ),
        )
        for reader in (HOLDER, ASKER):
            yield (
                f"organisation_decided/{name}-to-{reader}",
                partial(
                    registering.organisation_decided,
                    situation=replace(cast.situation(reader), organisation=organisation),
                ),
            )
    yield (
        "organisation_decided/open-again",
        partial(
            registering.organisation_decided,
            situation=cast.situation(ASKER, holders=HOLDERS[:1]),
            is_open_again=True,
        ),
    )
    yield (
        "organisation_registered/elsewhere",
        partial(
            registering.organisation_registered,
            organisation=_named(every["waiting"], cast),
            holders=HOLDERS[:1],
            is_elsewhere=True,
        ),
    )
    yield (
        "organisation_registered/sent-anew",
        partial(registering.organisation_sent_anew, organisation=every["waiting"]),
    )
    for actor in (HOLDER, OPERATOR):
        yield (
            f"organisation_registered/decided-by-{actor}",
            partial(
                registering.organisation_registered,
                organisation=every["refused"],
                holders=HOLDERS,
                decision=Decision(actor, Action.ORGANISATION_REFUSED, NOW),
                same_number=(cast.organisation, cast.organisation),
            ),
        )
    for refuses in (True, False):
        yield (
            f"registering/verdict-{refuses}",
            partial(
                registering.verdict_view,
                organisation=every["waiting"],
                refuses=refuses,
                metadata=f"{'0' * 26}:1:{'0' * 16}",
            ),
        )
