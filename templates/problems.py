"""What is wrong with a field, in words: beside it, with what would be right."""

from collections.abc import Mapping
from enum import Enum, auto

from storage.records import LONGEST_MESSAGE
from storage.refusals import CodeMalformed, CodeMissing, NumberMalformed, NumberMistyped
from templates.form import LONGEST_NAME, LONGEST_PURPOSE
from templates.questions import LONGEST_QUESTION
from templates.refusals import explain
from templates.registering import LONGEST_ORGANISATION
from templates.replying import LONGEST_REPLY
from templates.words import Words


class Problem(Enum):
    NAME_MISSING = auto()
    NAME_TOO_LONG = auto()
    NAME_CHARACTERS = auto()
    EMAIL_MISSING = auto()
    EMAIL_MALFORMED = auto()
    ROLE_MISSING = auto()
    SERVICE_MISSING = auto()
    PURPOSE_TOO_LONG = auto()
    PURPOSE_CHARACTERS = auto()
    AUTHORITY_MISSING = auto()
    REASON_MISSING = auto()
    MESSAGE_MISSING = auto()
    MESSAGE_TOO_LONG = auto()
    MESSAGE_CHARACTERS = auto()
    QUESTION_MISSING = auto()
    QUESTION_TOO_LONG = auto()
    QUESTION_CHARACTERS = auto()
    REPLY_MISSING = auto()
    REPLY_TOO_LONG = auto()
    REPLY_CHARACTERS = auto()
    CODE_WRITTEN = auto()
    """In a field whose text others read."""

    CODE_MISSING = auto()
    CODE_MALFORMED = auto()
    DATE_MISSING = auto()
    DAY_MISSING = auto()
    CHOICE_MISSING = auto()
    ANSWER_MISSING = auto()
    ORGANISATION_TOO_LONG = auto()
    NUMBER_MALFORMED = auto()
    NUMBER_MISTYPED = auto()
    SHORT_NAME_MISSING = auto()
    VERDICT_MISSING = auto()
    MEMBER_MISSING = auto()
    NOT_A_MEMBER = auto()
    MEMBER_NOT_KNOWN = auto()
    """Slack does not say whether they are one."""


def problem_text(words: Words, problem: Problem) -> str:
    """
    Raises:
        KeyError: nothing has been written for this problem.
    """
    texts = (_of_person, _of_decision, _of_question, _of_code, _of_choice, _of_organisation)
    return {name: text for each in texts for name, text in each(words).items()}[problem]


def _of_person(words: Words) -> Mapping[Problem, str]:
    _ = words.gettext
    return {
        Problem.NAME_MISSING: _("Skriv et navn."),
        Problem.NAME_TOO_LONG: _(
            "Navnet er for langt. Bruk høyst %(most)d tegn.", most=LONGEST_NAME
        ),
        Problem.NAME_CHARACTERS: _(
            "Navnet har tegn som ikke vises på skjermen. Skriv det inn på nytt for hånd."
        ),
        Problem.EMAIL_MISSING: _("Skriv en e-postadresse."),
        Problem.EMAIL_MALFORMED: _(
            "Dette er ikke en e-postadresse. Skriv den slik: navn@eksempel.no"
        ),
        Problem.ROLE_MISSING: _("Velg hvilken rolle personen har."),
        Problem.PURPOSE_TOO_LONG: _(
            "Teksten er for lang. Bruk høyst %(most)d tegn.", most=LONGEST_PURPOSE
        ),
        Problem.PURPOSE_CHARACTERS: _(
            "Teksten har tegn som ikke vises på skjermen. Skriv den inn på nytt for hånd."
        ),
        Problem.AUTHORITY_MISSING: _(
            "Kryss av for representasjonsmyndighet. Uten den kan personen ikke få kode."
        ),
    }


def _of_decision(words: Words) -> Mapping[Problem, str]:
    _ = words.gettext
    return {
        Problem.REASON_MISSING: _("Velg en grunn."),
        Problem.MESSAGE_MISSING: _("Skriv en melding når grunnen er Annet."),
        Problem.MESSAGE_TOO_LONG: _(
            "Meldingen er for lang. Bruk høyst %(most)d tegn.", most=LONGEST_MESSAGE
        ),
        Problem.MESSAGE_CHARACTERS: _(
            "Meldingen har tegn som ikke vises på skjermen. Skriv den inn på nytt for hånd."
        ),
    }


def _of_question(words: Words) -> Mapping[Problem, str]:
    _ = words.gettext
    return {
        Problem.QUESTION_MISSING: _("Skriv et spørsmål."),
        Problem.QUESTION_TOO_LONG: _(
            "Spørsmålet er for langt. Bruk høyst %(most)d tegn.", most=LONGEST_QUESTION
        ),
        Problem.QUESTION_CHARACTERS: _(
            "Spørsmålet har tegn som ikke vises på skjermen. Skriv det inn på nytt for hånd."
        ),
        Problem.REPLY_MISSING: _("Skriv et svar."),
        Problem.REPLY_TOO_LONG: _(
            "Svaret er for langt. Bruk høyst %(most)d tegn.", most=LONGEST_REPLY
        ),
        Problem.REPLY_CHARACTERS: _(
            "Svaret har tegn som ikke vises på skjermen. Skriv det inn på nytt for hånd."
        ),
    }


def _of_code(words: Words) -> Mapping[Problem, str]:
    """Found in the form or refused by the ledger: it is the same to the person who pasted."""
    return {
        Problem.CODE_WRITTEN: words.gettext(
            "Her står det en godkjenningskode. Den er hemmelig, så ta den bort."
        ),
        Problem.CODE_MISSING: explain(words, CodeMissing(), None).plain,
        Problem.SERVICE_MISSING: words.gettext("Skriv hvor koden ble brukt."),
        Problem.DATE_MISSING: words.gettext("Velg dagen koden ble laget hos TechSoup."),
        Problem.CODE_MALFORMED: explain(words, CodeMalformed(), None).plain,
    }


def _of_choice(words: Words) -> Mapping[Problem, str]:
    _ = words.gettext
    return {
        Problem.DAY_MISSING: _("Velg en dag."),
        Problem.CHOICE_MISSING: _("Velg hva som skal skje."),
        Problem.MEMBER_MISSING: _("Velg en person."),
        Problem.NOT_A_MEMBER: _("Dette er ikke en person i arbeidsområdet. Velg en annen."),
        Problem.MEMBER_NOT_KNOWN: _(
            "Slack sier ikke hvem dette er akkurat nå. Prøv igjen om et minutt."
        ),
    }


def _of_organisation(words: Words) -> Mapping[Problem, str]:
    _ = words.gettext
    return {
        Problem.ANSWER_MISSING: _("Velg et svar."),
        Problem.ORGANISATION_TOO_LONG: _(
            "Navnet er for langt. Bruk høyst %(most)d tegn.", most=LONGEST_ORGANISATION
        ),
        Problem.NUMBER_MALFORMED: explain(words, NumberMalformed(), None).plain,
        Problem.NUMBER_MISTYPED: explain(words, NumberMistyped(), None).plain,
        Problem.SHORT_NAME_MISSING: _("Skriv et kortnavn med bokstaver og tall."),
        Problem.VERDICT_MISSING: _("Skriv en grunn."),
    }
