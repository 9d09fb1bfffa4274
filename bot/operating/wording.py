"""What the operator reads instead of the ledger's own words. JSON keeps those, for programs."""

from bot.operating.listing import NOTHING
from bot.words import _
from storage.records import (
    Action,
    CodeState,
    DeliveryState,
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


def delivery_state(state: DeliveryState) -> str:
    return {
        DeliveryState.WAITING: _("venter"),
        DeliveryState.DELIVERED: _("levert"),
        DeliveryState.PARKED: _("gitt opp"),
    }[state]


def answer_of_theirs(status: int | None, error: str | None) -> str:
    """What a partner's side said to what it was told, or why it said nothing."""
    if status is not None:
        return str(status)
    if error is None:
        return NOTHING
    return {
        "not_outside_address": _("det er ingen adresse på nettet"),
        "InvalidUrlClientError": _("det er ingen adresse på nettet"),
        "not_outside_https": _("adressen begynner ikke med https://"),
        "not_outside_inside": _("adressen fører til et lukket nett"),
        "ClientConnectorCertificateError": _("sertifikatet deres holder ikke"),
        "ClientConnectorSSLError": _("de svarer ikke med https"),
        "ClientConnectorDNSError": _("ingen maskin heter det som står i adressen"),
        "ClientConnectorError": _("ingen svarer på adressen"),
        "TimeoutError": _("de svarte ikke i tide"),
        "ConnectionTimeoutError": _("ingen svarer på adressen"),
        "ServerDisconnectedError": _("de brøt av uten å svare"),
        "ClientOSError": _("de brøt av uten å svare"),
        "NoWebhook": _("partneren har ingen adresse"),
        "PartnerSuspended": _("partneren er sperret"),
        "SecretUnreadable": _("nøkkelen som hemmeligheten er kryptert med, mangler"),
    }.get(error, error)


def action(what: Action) -> str:
    """What somebody did, in words that follow their name."""
    return deeds(Words.of("nb"))[what]
