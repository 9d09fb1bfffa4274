"""What the ledger refuses, by name.

    Refusal
    ├── OrganisationNotApproved   rule 13: it waits for approval, or is suspended
    ├── OrganisationThere         this workspace has one, which is not theirs to put right
    ├── NoMoreOrganisations       this workspace has as many as it may
    ├── OrganisationChanged       it is another, or in another state, since one has looked
    ├── NumberMalformed           it is no organisation number
    ├── ShortNameTaken            another organisation's codes are called so
    ├── NotAdministrator          only whoever runs the workspace registers the organisation
    ├── NoAccountHolder           nobody could approve
    ├── NotAccountHolder          rules 2 and 8: only an account holder decides
    │   └── OnlyDeputy            a deputy decides on codes, and not on who is account holder
    ├── AlreadyAccountHolder      whoever was to be added or to stand in is account holder
    ├── AlreadyRemoved            another account holder has removed them
    ├── HolderChanged             they decide in another way since one has looked
    ├── PeriodPassed              the time of a deputy is over before it begins
    ├── PeriodBackwards           it ends before it begins
    ├── PeriodTooLong             it is longer than a deputy's may be
    ├── TermPassed                the time of somebody's authority is over before it begins
    ├── TermTooLong               it is longer than it may be
    ├── AlreadyRegistered         the person's authority is on record
    ├── WordChanged               it has been confirmed or withdrawn since one has looked
    ├── SaidBefore                what a colleague has said of a person is to be read first
    │   ├── DeclinedBefore        they have declined to give them a code
    │   └── WithdrawnBefore       they have withdrawn their authority
    ├── NoAuthority               rule 2: nobody has confirmed this person, or it has ended
    ├── NotFound                  no such record in this organisation
    │   └── NoOrganisation        this workspace has none
    ├── NotYours                  it is somebody else's
    ├── AlreadyDecided            the request is no longer pending
    ├── AlreadyAnswered           another account holder was first to answer the question
    ├── AlreadyReplaced           rule 8: the code was refreshed before
    ├── AlreadyAsked              the same refresh is waiting already
    ├── AlreadyNudged             an answer was asked for once more less than a day ago
    ├── AlreadySent               another account holder has sent the code
    ├── CodeRevoked               a withdrawn code stays withdrawn
    ├── CodeMalformed             rule 1: the pasted text is no code
    ├── CodeTaken                 the pasted code is in the ledger already
    ├── CodeMissing               TechSoup makes this organisation's codes: one must be pasted
    ├── CodeDatedAhead            rule 3: the pasted code is said to be made on a day to come
    ├── CodeTooOld                rule 3: the pasted code has run out
    ├── UsedAhead                 a code is said to be used on a day to come
    ├── UsedBeforeMade            it is said to be used before it was made
    ├── UsedAfterEnd              it is said to be used when it was good no more
    └── LastAccountHolder         without them nobody could approve

A refusal changes nothing: it is raised inside the transaction, which rolls back.
"""

from storage.records import (
    BOT,
    AccountHolder,
    Code,
    CodeRequest,
    Confirmation,
    ForwardedQuestion,
    Organisation,
)


class Refusal(Exception):  # noqa: N818 - the house's word, and no fault of the program
    """The ledger said no; its docstring is the reason, for logs and for the operator."""

    by: str | None = None
    """Which person was first, where that is why."""

    def __str__(self) -> str:
        return (type(self).__doc__ or "").strip()


class OrganisationNotApproved(Refusal):
    """The organisation is not approved, so no codes can be made (rule 13)."""

    def __init__(self, organisation: Organisation) -> None:
        super().__init__(organisation.id)
        self.organisation = organisation


class OrganisationThere(Refusal):
    """This workspace has an organisation."""

    def __init__(self, organisation: Organisation, *, is_one_of_several: bool = False) -> None:
        super().__init__(organisation.id)
        self.organisation = organisation
        self.is_one_of_several = is_one_of_several
        self.by = organisation.registered_by


class NoMoreOrganisations(Refusal):
    """This workspace has as many organisations as it may."""


class OrganisationChanged(Refusal):
    """The organisation has been registered anew, or decided on, since one has looked."""

    def __init__(self, organisation: Organisation) -> None:
        super().__init__(organisation.id)
        self.organisation = organisation


class NotOperator(Refusal):
    """A guest of the workspace decides on no organisation."""


class DecidedElsewhere(Refusal):
    """The operator reads in another channel by now."""


class NumberMalformed(Refusal):
    """The text is no organisation number: nine digits, of which the last is reckoned."""


class NumberMistyped(NumberMalformed):
    """Nine digits, of which the last is another than the others make it."""


class ShortNameTaken(Refusal):
    """Another organisation's codes have this short name (rule 1)."""


class NotAdministrator(Refusal):
    """Only an administrator or owner of the workspace registers its organisation."""


class NoAccountHolder(Refusal):
    """Nobody is account holder, so nobody can approve."""


class NotAccountHolder(Refusal):
    """Only an account holder of this organisation may do this (rules 2 and 8)."""


class OnlyDeputy(NotAccountHolder):
    """A deputy decides on requests and codes, and not on who is account holder."""


class AlreadyAccountHolder(Refusal):
    """They are account holder already."""


class AlreadyRemoved(Refusal):
    """They have ceased to be account holder or deputy."""

    def __init__(self, holder: AccountHolder) -> None:
        super().__init__(holder.id)
        self.by = holder.removed_by


class HolderChanged(Refusal):
    """Whoever it is about decides in another way since one has looked: for another time, or for
    good."""

    def __init__(self, holder: AccountHolder) -> None:
        super().__init__(holder.id)
        self.by = holder.added_by


class PeriodPassed(Refusal):
    """The first day has passed already."""


class PeriodBackwards(Refusal):
    """The last day comes before the first."""


class PeriodTooLong(Refusal):
    """Nobody stands in for longer than `LONGEST_DEPUTY`."""


class TermPassed(Refusal):
    """The last day of somebody's authority has passed already."""


class TermTooLong(Refusal):
    """Nobody's authority is confirmed for longer than `LONGEST_TERM`, if it is for a time."""


class AlreadyRegistered(Refusal):
    """This person's authority is on record already."""

    def __init__(self, word: Confirmation) -> None:
        super().__init__(word.id)
        self.by = word.confirmed_by


class WordChanged(Refusal):
    """Somebody has confirmed or withdrawn this person's authority since one has looked."""

    def __init__(self, word: Confirmation) -> None:
        super().__init__(word.id)
        self.word = word
        by = word.withdrawn_by if word.withdrawn_at else word.confirmed_by
        self.by = by if by != BOT else None


class SaidBefore(Refusal):
    """What a colleague has said of this person is to be read first: the form asks about it."""

    def __init__(self, said_id: str, by: str | None) -> None:
        super().__init__(said_id)
        self.id = said_id
        self.by = by


class DeclinedBefore(SaidBefore):
    """A colleague has declined to give this person a code, and no request for them was approved
    since."""

    def __init__(self, request: CodeRequest) -> None:
        super().__init__(request.id, request.decided_by)
        self.request = request


class WithdrawnBefore(SaidBefore):
    """A colleague has withdrawn this person's authority, and nobody has confirmed it since."""

    def __init__(self, word: Confirmation) -> None:
        super().__init__(word.id, word.withdrawn_by)
        self.word = word


class NoAuthority(Refusal):
    """No account holder has confirmed this person's authority, or it was withdrawn (rule 2)."""


class NotFound(Refusal):
    """There is no such record in this organisation."""


class NoOrganisation(NotFound):
    """This workspace belongs to no organisation here."""


class SeveralOrganisations(Refusal):
    """This workspace has several organisations, and it is not said which is meant."""


class NotYours(Refusal):
    """This belongs to somebody else."""


class AlreadyDecided(Refusal):
    """The request has been decided, withdrawn or has lapsed."""

    def __init__(self, request: CodeRequest) -> None:
        super().__init__(request.id)
        self.request = request
        self.by = request.decided_by if request.decided_by != BOT else None


class AlreadyAnswered(Refusal):
    """The question has been answered: one answer goes to whoever asked it."""

    def __init__(self, question: ForwardedQuestion) -> None:
        super().__init__(question.id)
        self.question = question
        self.by = question.answered_by


class AlreadyReplaced(Refusal):
    """A newer code has replaced this one (rule 8)."""


class AlreadyAsked(Refusal):
    """A request to refresh this code is waiting already."""


class AlreadyNudged(Refusal):
    """An answer to this request was asked for once more less than a day ago."""


class AlreadySent(Refusal):
    """Another account holder has said that they have sent this code."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.id)
        self.by = code.sent_by


class CodeRevoked(Refusal):
    """The code was withdrawn and cannot be used or refreshed."""


class CodeMalformed(Refusal):
    """The text is not a code: eight letters or digits, @, letters or digits (rule 1)."""


class IssuerChanged(Refusal):
    """Who makes the codes has changed since the form was opened: it asks for a code too many, or
    too few."""


class CodeTaken(Refusal):
    """This code is in the ledger already."""


class CodeMissing(Refusal):
    """TechSoup makes this organisation's codes: the code must be given."""


class CodeDatedAhead(Refusal):
    """The day on which the pasted code was made has not come yet (rule 3)."""


class CodeTooOld(Refusal):
    """The pasted code was made so long ago that it has run out (rule 3)."""


class UsedAhead(Refusal):
    """The day on which the code is said to be used has not come yet."""


class UsedBeforeMade(Refusal):
    """The code was made after the day on which it is said to be used."""


class UsedAfterEnd(Refusal):
    """The code had run out, or was replaced or withdrawn, before that day."""


class LastAccountHolder(Refusal):
    """Without this account holder nobody could approve requests."""
