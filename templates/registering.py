"""An organisation is registered: the form, what the operator reads, and what is told of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from slack_sdk.models.blocks import (
    Block,
    ButtonElement,
    ConfirmObject,
    InputBlock,
    PlainTextInputElement,
    RadioButtonsElement,
    UserMultiSelectElement,
)
from slack_sdk.models.views import View

from storage.records import LONGEST_MESSAGE, Issuer, Organisation, OrganisationState
from templates import ids
from templates.blocks import (
    Fact,
    actions,
    button,
    confirm,
    field,
    heading,
    modal,
    mrkdwn,
    option,
    paragraph,
    plain,
    table,
    typed,
)
from templates.message import Message
from templates.situation import Situation
from templates.words import Words, in_notification, mention, mention_of

if TYPE_CHECKING:
    from storage.audit import Decision

LONGEST_ORGANISATION = 100
LONGEST_NUMBER = 30
"""With blanks, and what else somebody copies with it."""

LONGEST_SHORT_NAME = 40
MOST_HOLDERS = 20
MOST_SHOWN = 100
"""As many as there is room for: what the operator says yes to, they see."""
YES, NO = "yes", "no"


class Entered(Struct, frozen=True):
    """What stands in the form as it is opened."""

    name: str = ""
    number: str = ""
    short_name: str = ""
    holders: tuple[str, ...] = ()
    is_at_techsoup: bool | None = None
    issuer: Issuer | None = None

    @classmethod
    def of(cls, there: Organisation, holders: Sequence[str]) -> "Entered":
        return cls(
            there.name,
            there.number or "",
            there.short_name,
            tuple(holders),
            there.is_at_techsoup,
            there.issuer,
        )


def example_code(short_name: str) -> str:
    """How the organisation's codes look."""
    return f"123a4567@{short_name or 'MyNGOname'}"


def register_button(words: Words) -> ButtonElement:
    return button(words.gettext("Registrer organisasjonen"), ids.REGISTER, style="primary")


def register_another_button(words: Words) -> ButtonElement:
    return button(words.gettext("Registrer en til"), ids.REGISTER_ANOTHER)


def register_again_button(words: Words, there: Organisation) -> ButtonElement:
    return button(words.gettext("Rett og send på nytt"), ids.REGISTER, there.id, style="primary")


def installed_message(words: Words, there: Organisation | None) -> Message:
    """To whoever has installed the bot: what to do first. `there`: the organisation, where the
    workspace has one already."""
    title = words.gettext("Takk for at du la meg til i Slack")
    if there is not None:
        name = table([(words.gettext("Navn"), typed(there.name))])
        told = words.prose("notices/installed_again")
        return Message.of(title, [heading(title), *name, paragraph(told)])
    told = words.prose("notices/installed")
    return Message.of(title, [heading(title), paragraph(told), actions(register_button(words))])


ANOTHER = "another"
"""What the form keeps where it is for one more than the workspace has."""


def register_view(
    words: Words,
    entered: Entered,
    *,
    sent: Organisation | None = None,
    is_another: bool = False,
    offers_another: bool = False,
) -> View:
    """`sent`: what waits for the operator, or was refused. `is_another`: it is to stand beside
    others in this workspace; `offers_another`: there is room for one beside what was sent."""
    _ = words.gettext
    refused, verdict = sent is not None and sent.is_refused, sent.verdict if sent else None
    is_waiting = sent is not None and sent.registered_by is not None
    return modal(
        ids.VIEW_REGISTER,
        _("Registrer organisasjonen"),
        [
            paragraph(
                words.prose("register", refused=refused, waiting=is_waiting, another=is_another)
            ),
            *(_verdict(words, verdict) if verdict else []),
            *([actions(register_another_button(words))] if offers_another else []),
            field(_("Navn"), _text(ids.ORGANISATION_NAME, LONGEST_ORGANISATION, entered.name)),
            field(
                _("Organisasjonsnummer"),
                _text(ids.ORGANISATION_NUMBER, LONGEST_NUMBER, entered.number),
                hint=_("Ni siffer. Det står i Brønnøysundregistrene."),
            ),
            field(
                _("Kortnavn i kodene"),
                _text(ids.SHORT_NAME, LONGEST_SHORT_NAME, entered.short_name),
                hint=_(
                    "Bokstaver og tall. Det står etter @ i hver kode, for eksempel %(code)s.",
                    code=example_code(entered.short_name),
                ),
            ),
            _holders(words, entered.holders),
            _either(
                _("Er organisasjonen godkjent av TechSoup Norge?"),
                ids.AT_TECHSOUP,
                {YES: _("Ja"), NO: _("Nei")},
                None if entered.is_at_techsoup is None else (NO, YES)[entered.is_at_techsoup],
            ),
            _either(
                _("Hvem lager kodene?"),
                ids.MADE_BY,
                _issuers(words),
                entered.issuer,
                hint=_(
                    "Boten lager koden når dere godkjenner. Hos TechSoup Norge lager dere den "
                    "selv, og limer den inn her."
                ),
            ),
        ],
        close=_("Avbryt"),
        submit=_("Send til godkjenning"),
        metadata=sent.as_it_is if sent else ANOTHER if is_another else "",
    )


def _text(action_id: str, longest: int, value: str) -> PlainTextInputElement:
    return PlainTextInputElement(
        action_id=action_id, max_length=longest, initial_value=value[:longest] or None
    )


def _holders(words: Words, chosen: Sequence[str]) -> InputBlock:
    element = UserMultiSelectElement(
        action_id=ids.FIRST_HOLDERS,
        placeholder=plain(words.gettext("Velg personer")),
        initial_users=list(chosen)[:MOST_HOLDERS] or None,
        max_selected_items=MOST_HOLDERS,
    )
    hint = words.gettext("De godkjenner forespørsler om kode. Velg gjerne flere enn én.")
    return field(words.gettext("Kontoholdere"), element, hint=hint)


def _either(
    label: str,
    action_id: str,
    named: Mapping[Any, str],
    chosen: str | None,
    *,
    hint: str = "",
) -> InputBlock:
    options = {value: option(text, value) for value, text in named.items()}
    element = RadioButtonsElement(
        action_id=action_id,
        options=list(options.values()),
        initial_option=options[chosen] if chosen else None,
    )
    return field(label, element, hint=hint)


def _verdict(words: Words, verdict: str) -> list[Block]:
    return table([(words.gettext("Grunn"), typed(verdict))])


def registered_view(words: Words, organisation: Organisation) -> View:
    """In the place of the form that was sent."""
    _ = words.gettext
    code = example_code(organisation.short_name)
    return modal(
        ids.VIEW_TOLD,
        _("Sendt til godkjenning"),
        [
            paragraph(words.prose("registered")),
            *table([(_("Kodene blir slik"), typed(code))]),
        ],
        close=_("Lukk"),
    )


# What the operator reads and does


def organisation_registered(
    words: Words,
    organisation: Organisation,
    holders: Sequence[str],
    *,
    decision: "Decision | None" = None,
    same_number: Sequence[str] = (),
    is_elsewhere: bool = False,
) -> Message:
    """In the operator's channel, with how it stands and what can be done. `same_number`: the names
    of others that are registered under its number. `is_elsewhere`: its people are not of the
    workspace in which it is read, so that Slack names none of them there."""
    decided = None if organisation.is_awaiting_answer else decision
    return Message.of(
        _in_notification(words, organisation),
        [
            heading(words.gettext("Ny organisasjon")),
            *table(_facts(words, organisation, holders, same_number, is_elsewhere=is_elsewhere)),
            *table(_decided(words, decided) if decided else []),
            *(_verdict(words, organisation.verdict) if organisation.verdict else []),
            actions(*_ways(words, organisation)),
        ],
    )


def organisation_sent_anew(words: Words, organisation: Organisation) -> Message:
    """In the place of the one before: what was in it is in a newer one."""
    title = words.gettext("Ny organisasjon")
    name = table([(words.gettext("Navn"), typed(organisation.name))])
    told = paragraph(words.prose("sent_anew"))
    return Message.of(_in_notification(words, organisation), [heading(title), *name, told])


def _in_notification(words: Words, organisation: Organisation) -> str:
    return words.gettext("Ny organisasjon: %(name)s", name=in_notification(organisation.name))


def _decided(words: Words, decision: "Decision") -> list[Fact]:
    date = words.moment(decision.at)
    who = mention_of(decision.actor)
    told = words.gettext("%(date)s av %(who)s", date=date, who=who) if who else date
    return [(words.gettext("Avgjort"), mrkdwn(told))]


def _facts(
    words: Words,
    organisation: Organisation,
    holders: Sequence[str],
    same_number: Sequence[str],
    *,
    is_elsewhere: bool,
) -> list[Fact]:
    _ = words.gettext
    number = organisation.number or ""
    spaced = " ".join(number[start : start + 3] for start in range(0, len(number), 3))
    registered_by = organisation.registered_by
    says = {True: _("Ja, sier de"), False: _("Nei, sier de"), None: "–"}
    return [
        (_("Navn"), typed(organisation.name)),
        (_("Organisasjonsnummer"), typed(spaced)),
        *([(_("Samme nummer"), typed(", ".join(same_number)))] if same_number else []),
        (_("Kodene blir slik"), typed(example_code(organisation.short_name))),
        (_("Koder lages av"), plain(_issuers(words)[organisation.issuer])),
        (_("Godkjenning fra TechSoup Norge"), plain(says[organisation.is_at_techsoup])),
        *(
            _people_elsewhere(words, organisation, holders)
            if is_elsewhere
            else [
                (_("Kontoholdere"), mrkdwn(words.mentions(holders, most=MOST_SHOWN) or "–")),
                (_("Registrert av"), mrkdwn(mention(registered_by) if registered_by else "–")),
            ]
        ),
        (_("Status"), plain(_state(words, organisation))),
    ]


def _people_elsewhere(
    words: Words, organisation: Organisation, holders: Sequence[str]
) -> list[Fact]:
    """By their names, and where they are."""
    _ = words.gettext
    named = ", ".join(map(organisation.name_of, holders[:MOST_SHOWN]))
    registered_by = organisation.registered_by
    return [
        (_("Arbeidsområde i Slack"), typed(organisation.name_of(organisation.team_id))),
        (_("Kontoholdere"), typed(named or "–")),
        (_("Registrert av"), typed(organisation.name_of(registered_by) if registered_by else "–")),
    ]


def _issuers(words: Words) -> dict[str, str]:
    _ = words.gettext
    return {Issuer.BOT: _("Boten"), Issuer.TECHSOUP: _("TechSoup Norge")}


def _state(words: Words, organisation: Organisation) -> str:
    _ = words.gettext
    if organisation.is_refused:
        return _("Avslått")
    return {
        OrganisationState.AWAITING: _("Venter på svar"),
        OrganisationState.APPROVED: _("Godkjent"),
        OrganisationState.SUSPENDED: _("Stengt"),
    }[organisation.state]


def _ways(words: Words, organisation: Organisation) -> list[ButtonElement]:
    _ = words.gettext
    key = organisation.as_it_is
    is_sure = organisation.is_at_techsoup is not False
    asks = None if is_sure else _asks_first(words)
    approve = button(_("Godkjenn"), ids.APPROVE_ORGANISATION, key, style="primary", confirm=asks)
    refuse = button(_("Avslå"), ids.REFUSE_ORGANISATION, key, style="danger")
    suspend = button(_("Steng"), ids.SUSPEND_ORGANISATION, key, style="danger")
    reopen = button(_("Åpne igjen"), ids.APPROVE_ORGANISATION, key, style="primary")
    match organisation.state:
        case OrganisationState.APPROVED:
            return [suspend]
        case OrganisationState.SUSPENDED:
            return [reopen]
    return [approve] if organisation.is_refused else [approve, refuse]


def _asks_first(words: Words) -> ConfirmObject:
    _ = words.gettext
    text = _(
        "De sier selv at TechSoup Norge ikke har godkjent organisasjonen ennå. "
        "Koder den lager, kan bli avvist."
    )
    return confirm(words, title=_("Godkjenne likevel?"), text=text, yes=_("Godkjenn"))


def verdict_view(words: Words, organisation: Organisation, *, refuses: bool, metadata: str) -> View:
    """Why: whoever registered it reads it, and the account holders."""
    _ = words.gettext
    reason = PlainTextInputElement(
        action_id=ids.VERDICT, multiline=True, max_length=LONGEST_MESSAGE
    )
    return modal(
        ids.VIEW_REFUSE_ORGANISATION if refuses else ids.VIEW_SUSPEND_ORGANISATION,
        _("Avslå registreringen") if refuses else _("Steng organisasjonen"),
        [
            paragraph(words.prose("verdict", refuses=refuses)),
            *table([(_("Navn"), typed(organisation.name))]),
            field(
                _("Grunn"),
                reason,
                hint=_("Den som registrerte, og kontoholderne får lese grunnen."),
                optional=not refuses,
            ),
        ],
        close=_("Avbryt"),
        submit=_("Avslå") if refuses else _("Steng"),
        metadata=metadata,
    )


def organisation_leaving(
    words: Words, organisation: Organisation, goes_at: datetime | None
) -> Message:
    """Its workspace has removed the bot, and all that it has here goes then; or not, where the bot
    is there again."""
    _ = words.gettext
    title = _("En organisasjon har fjernet boten")
    when = words.date(goes_at) if goes_at else "–"
    return Message.of(
        _("%(name)s har fjernet boten", name=in_notification(organisation.name)),
        [
            heading(title),
            *table(
                [
                    (_("Navn"), typed(organisation.name)),
                    (
                        _("Arbeidsområde i Slack"),
                        typed(organisation.name_of(organisation.team_id)),
                    ),
                    (_("Slettes"), plain(when)),
                ]
            ),
            paragraph(words.prose("notices/organisation_leaving", back=goes_at is None)),
        ],
    )


# What the organisation is told


def organisation_decided(
    words: Words, situation: Situation, *, is_open_again: bool = False
) -> Message:
    """To account holders, and to whoever registered it, who may do so anew. `is_open_again`: it was
    suspended before."""
    organisation = situation.organisation
    title = _title(words, organisation, is_open_again=is_open_again)
    is_theirs = organisation.is_refused and organisation.registered_by == situation.reader
    told = words.prose(
        "notices/organisation_decided",
        approved=organisation.state is OrganisationState.APPROVED,
        refused=organisation.is_refused,
        oneself=is_theirs,
        suspended=organisation.state is OrganisationState.SUSPENDED,
        several=len(situation.holders) > 1,
        account_holder=situation.is_account_holder,
        holders=words.mentions(situation.holders),
    )
    return Message.of(
        title,
        [
            heading(title),
            paragraph(told),
            *(_verdict(words, organisation.verdict) if organisation.verdict else []),
            *([actions(register_again_button(words, organisation))] if is_theirs else []),
        ],
    )


def _title(words: Words, organisation: Organisation, *, is_open_again: bool) -> str:
    _ = words.gettext
    if organisation.is_refused:
        return _("Registreringen er ikke godkjent")
    if is_open_again:
        return _("Organisasjonen er åpnet igjen")
    return {
        OrganisationState.AWAITING: _("Registreringen er sendt"),
        OrganisationState.APPROVED: _("Organisasjonen er godkjent"),
        OrganisationState.SUSPENDED: _("Organisasjonen er stengt"),
    }[organisation.state]
