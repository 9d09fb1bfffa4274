"""What has happened, in words that follow the name of whoever did it."""

from collections.abc import Mapping

from storage.records import Action
from templates.words import Words


def deeds(words: Words) -> Mapping[Action, str]:
    _ = words.gettext
    return {
        Action.ORGANISATION_ADDED: _("la til organisasjonen"),
        Action.ORGANISATION_REGISTERED: _("registrerte organisasjonen"),
        Action.ORGANISATION_REFUSED: _("avslo registreringen av organisasjonen"),
        Action.ORGANISATION_APPROVED: _("godkjente organisasjonen"),
        Action.ORGANISATION_SUSPENDED: _("stengte organisasjonen"),
        Action.ORGANISATION_REOPENED: _("åpnet organisasjonen igjen"),
        Action.ORGANISATION_NUMBERED: _("endret nummeret til organisasjonen"),
        Action.ACCOUNT_HOLDER_ADDED: _("la til en kontoholder"),
        Action.ACCOUNT_HOLDER_REMOVED: _("fjernet en kontoholder"),
        Action.COLLEAGUE_ADDED: _("la til en kollega som kontoholder"),
        Action.COLLEAGUE_REMOVED: _("fjernet en kollega som kontoholder"),
        Action.DEPUTY_APPOINTED: _("valgte en stedfortreder"),
        Action.DEPUTY_MOVED: _("endret tiden til en stedfortreder"),
        Action.DEPUTY_REMOVED: _("fjernet en stedfortreder"),
        Action.DEPUTY_BEGAN: _("meldte at en stedfortreder begynte"),
        Action.DEPUTY_ENDED: _("meldte at en stedfortreder var ferdig"),
        Action.PERSON_LEFT: _("forlot Slack"),
        Action.PERSON_ENTERED: _("la til personen"),
        Action.AUTHORITY_CONFIRMED: _("bekreftet myndigheten på nytt"),
        Action.AUTHORITY_CHANGED: _("endret rollen, eller hvor lenge myndigheten gjelder"),
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
        Action.CODE_USED: _("tok imot koden"),
        Action.CODE_USE_NOTED: _("noterte at koden er brukt"),
        Action.NOTICE_RETRIED: _("prøvde en melding på nytt"),
        Action.QUESTION_FORWARDED: _("sendte et spørsmål videre"),
        Action.QUESTION_ANSWERED: _("svarte på et spørsmål"),
    }
