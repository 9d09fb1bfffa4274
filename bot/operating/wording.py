"""What the operator reads instead of the ledger's own words. JSON keeps those, for programs."""

from bot.words import _
from storage.records import (
    Action,
    CodeState,
    Issuer,
    NoticeState,
    OrganisationState,
    PartnerScope,
    RequestState,
)
from templates.deeds import deeds
from templates.words import Words


def organisation_state(state: OrganisationState) -> str:
    return {
        OrganisationState.AWAITING: _("venter på godkjenning"),
        OrganisationState.APPROVED: _("godkjent"),
        OrganisationState.SUSPENDED: _("stengt"),
    }[state]


def issuer(who: Issuer) -> str:
    return {Issuer.BOT: _("boten"), Issuer.TECHSOUP: "TechSoup"}[who]


def partner_scope(scope: PartnerScope) -> str:
    return {
        PartnerScope.ORGANISATION: _("organisasjonen"),
        PartnerScope.HOLDER: _("navn og e-post også"),
    }[scope]


def request_state(state: RequestState) -> str:
    return {
        RequestState.PENDING: _("venter"),
        RequestState.APPROVED: _("godkjent"),
        RequestState.DECLINED: _("avslått"),
        RequestState.WITHDRAWN: _("trukket"),
        RequestState.LAPSED: _("falt bort"),
    }[state]


def code_state(state: CodeState) -> str:
    return {
        CodeState.ACTIVE: _("gyldig"),
        CodeState.EXPIRED: _("utløpt"),
        CodeState.REPLACED: _("erstattet"),
        CodeState.REVOKED: _("trukket tilbake"),
    }[state]


def notice_state(state: NoticeState) -> str:
    """Of one that is not delivered: what was delivered once has changed since."""
    return {
        NoticeState.WAITING: _("venter"),
        NoticeState.PARKED: _("lagt til side"),
        NoticeState.DELIVERED: _("skal endres"),
        NoticeState.DROPPED: _("droppet"),
    }[state]


def action(what: Action) -> str:
    """What somebody did, in words that follow their name."""
    return deeds(Words.of("nb"))[what]
