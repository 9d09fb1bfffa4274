"""Every refusal in words: what happened, that nothing is lost, and what to do."""

from collections.abc import Mapping

from msgspec import Struct

from storage.refusals import (
    AlreadyAccountHolder,
    AlreadyAnswered,
    AlreadyAsked,
    AlreadyDecided,
    AlreadyNudged,
    AlreadyRegistered,
    AlreadyRemoved,
    AlreadyReplaced,
    AlreadySent,
    CodeDatedAhead,
    CodeMalformed,
    CodeMissing,
    CodeRevoked,
    CodeTaken,
    CodeTooOld,
    DecidedElsewhere,
    DeclinedBefore,
    HolderChanged,
    IssuerChanged,
    LastAccountHolder,
    NoAccountHolder,
    NoAuthority,
    NoMoreOrganisations,
    NoOrganisation,
    NotAccountHolder,
    NotAdministrator,
    NotFound,
    NotOperator,
    NotYours,
    NumberMalformed,
    NumberMistyped,
    OnlyDeputy,
    OrganisationChanged,
    OrganisationNotApproved,
    OrganisationThere,
    PeriodBackwards,
    PeriodPassed,
    PeriodTooLong,
    Refusal,
    SeveralOrganisations,
    ShortNameTaken,
    TermPassed,
    TermTooLong,
    UsedAfterEnd,
    UsedAhead,
    UsedBeforeMade,
    WithdrawnBefore,
    WordChanged,
)
from templates.situation import Situation, how_it_stands
from templates.words import Words, mention_of

TEXT_OF: Mapping[type[Refusal], str] = {
    OrganisationNotApproved: "organisation_not_approved",
    OrganisationThere: "organisation_there",
    NoMoreOrganisations: "no_more_organisations",
    SeveralOrganisations: "several_organisations",
    OrganisationChanged: "organisation_changed",
    DecidedElsewhere: "decided_elsewhere",
    NotOperator: "not_operator",
    NumberMalformed: "number_malformed",
    NumberMistyped: "number_mistyped",
    ShortNameTaken: "short_name_taken",
    NotAdministrator: "not_administrator",
    NoAccountHolder: "no_account_holder",
    NotAccountHolder: "not_account_holder",
    OnlyDeputy: "only_deputy",
    AlreadyAccountHolder: "already_account_holder",
    AlreadyRemoved: "already_removed",
    HolderChanged: "holder_changed",
    PeriodPassed: "period_passed",
    PeriodBackwards: "period_backwards",
    PeriodTooLong: "period_too_long",
    TermPassed: "term_passed",
    TermTooLong: "term_too_long",
    AlreadyRegistered: "already_registered",
    WordChanged: "word_changed",
    WithdrawnBefore: "withdrawn_before",
    NoAuthority: "no_authority",
    NotFound: "not_found",
    NoOrganisation: "no_organisation",
    NotYours: "not_yours",
    AlreadyDecided: "already_decided",
    DeclinedBefore: "declined_before",
    AlreadyAnswered: "already_answered",
    AlreadyReplaced: "already_replaced",
    AlreadyAsked: "already_asked",
    AlreadyNudged: "already_nudged",
    AlreadySent: "already_sent",
    CodeRevoked: "code_revoked",
    CodeMalformed: "code_malformed",
    CodeTaken: "code_taken",
    CodeMissing: "code_missing",
    CodeDatedAhead: "code_dated_ahead",
    CodeTooOld: "code_too_old",
    UsedAhead: "used_ahead",
    UsedBeforeMade: "used_before_made",
    UsedAfterEnd: "used_after_end",
    IssuerChanged: "issuer_changed",
    LastAccountHolder: "last_account_holder",
}
"""Each has its own file in `texts/refusals/`."""


class Explanation(Struct, frozen=True):
    plain: str
    """For an error beside a field, where Slack knows no mentions: names are spelled out."""
    mrkdwn: str
    name: str | None = None
    """Of which organisation it is told, where that is to be said: mrkdwn holds nothing typed."""


def explain(
    words: Words,
    refusal: Refusal,
    situation: Situation | None,
    *,
    name_of_first: str = "",
    administrator: bool | None = None,
) -> Explanation:
    """Without a situation nothing is known of the organisation. `administrator`: whether the reader
    runs the workspace, where that counts and is known.

    Raises:
        KeyError: nothing has been written for refusals of this class.
    """
    template = f"refusals/{TEXT_OF[type(refusal)]}"
    holders = (situation.lasting_holders or situation.holders) if situation else ()
    known = {
        **_told_by(refusal, situation),
        "account_holder": situation is not None and situation.is_account_holder,
        "any_holder": bool(holders),
        "several": len(holders) > 1,
        "administrator": administrator and _can_do(refusal, situation),
    }
    who, name = mention_of(refusal.by), _name_of_one(refusal)
    told_who = name_of_first.strip() or None
    return Explanation(
        plain=words.plain_prose(template, holders=None, who=told_who, name=name, **known),
        mrkdwn=words.prose(template, holders=words.mentions(holders), who=who, name=None, **known),
        name=name,
    )


def _name_of_one(refusal: Refusal) -> str | None:
    """Of the organisation that is there, where it is not the only one."""
    if isinstance(refusal, OrganisationThere) and refusal.is_one_of_several:
        return refusal.organisation.name
    return None


def _can_do(refusal: Refusal, situation: Situation | None) -> bool:
    """Whether an administrator can: what somebody else has registered is left to them."""
    is_about_one = isinstance(refusal, OrganisationNotApproved)
    return not is_about_one or (situation is not None and situation.may_put_right)


def _told_by(refusal: Refusal, situation: Situation | None) -> dict[str, object]:
    """What a refusal itself knows of what it stands on."""
    match refusal:
        case AlreadyDecided():
            return {"state": refusal.request.state}
        case DeclinedBefore():
            is_readers = situation is not None and situation.is_readers(refusal.request.person)
            return {"oneself": is_readers}
        case WordChanged():
            return {"withdrawn": refusal.word.withdrawn_at is not None}
        case OrganisationThere() | OrganisationNotApproved():
            is_theirs = situation is not None and refusal.by == situation.reader
            return {**how_it_stands(refusal.organisation), "oneself": is_theirs}
    return {}
