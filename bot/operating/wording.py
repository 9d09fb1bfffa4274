"""What the operator reads instead of the ledger's own words. JSON keeps those, for programs."""

from bot.words import _
from storage.records import (
    Action,
    CodeState,
    Issuer,
    NoticeState,
    OrganisationState,
    RequestState,
)


def organisation_state(state: OrganisationState) -> str:
    return {
        OrganisationState.AWAITING: _("venter på godkjenning"),
        OrganisationState.APPROVED: _("godkjent"),
        OrganisationState.SUSPENDED: _("stengt"),
    }[state]


def issuer(who: Issuer) -> str:
    return {Issuer.BOT: _("boten"), Issuer.TECHSOUP: "TechSoup"}[who]


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
    return {
        Action.ORGANISATION_ADDED: _("la til organisasjonen"),
        Action.ORGANISATION_APPROVED: _("godkjente organisasjonen"),
        Action.ORGANISATION_SUSPENDED: _("stengte organisasjonen"),
        Action.ACCOUNT_HOLDER_ADDED: _("la til en kontoholder"),
        Action.ACCOUNT_HOLDER_REMOVED: _("fjernet en kontoholder"),
        Action.COLLEAGUE_ADDED: _("gjorde en kollega til kontoholder"),
        Action.COLLEAGUE_REMOVED: _("fjernet en kollega som kontoholder"),
        Action.DEPUTY_APPOINTED: _("valgte en stedfortreder"),
        Action.DEPUTY_REMOVED: _("fjernet en stedfortreder"),
        Action.DEPUTY_BEGAN: _("lot en stedfortreder begynne"),
        Action.DEPUTY_ENDED: _("lot en stedfortreder slutte"),
        Action.PERSON_LEFT: _("forlot Slack"),
        Action.AUTHORITY_CONFIRMED: _("bekreftet representasjonsmyndigheten"),
        Action.AUTHORITY_WITHDRAWN: _("trakk representasjonsmyndigheten"),
        Action.AUTHORITY_ENDED: _("meldte at representasjonsmyndigheten gikk ut"),
        Action.AUTHORITY_REVIEWED: _("spurte hvem som fortsatt har representasjonsmyndighet"),
        Action.REQUEST_ASKED: _("ba om kode"),
        Action.REQUEST_APPROVED: _("godkjente forespørselen"),
        Action.REQUEST_DECLINED: _("avslo forespørselen"),
        Action.REQUEST_WITHDRAWN: _("trakk forespørselen"),
        Action.REQUEST_LAPSED: _("lot forespørselen falle bort"),
        Action.REQUEST_NUDGED: _("purret på forespørselen"),
        Action.CODE_MADE: _("laget koden"),
        Action.CODE_REFRESHED: _("oppdaterte koden"),
        Action.CODE_REVOKED: _("trakk koden tilbake"),
        Action.CODE_SHOWN: _("så koden"),
        Action.CODE_SENT: _("sendte koden"),
        Action.CODE_EXPIRED: _("meldte at koden gikk ut"),
        Action.CODE_HANDED_OVER: _("fikk koden som sin"),
        Action.NOTICE_RETRIED: _("prøvde en melding på nytt"),
        Action.QUESTION_FORWARDED: _("sendte et spørsmål videre"),
        Action.QUESTION_ANSWERED: _("svarte på et spørsmål"),
    }[what]
