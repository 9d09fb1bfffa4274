"""What is told about a code: it is ready, it runs out, it is withdrawn. Never the code itself."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from msgspec import Struct
from slack_sdk.models.blocks import Block

from storage.records import Code, CodeRequest, CodeState, Use
from templates.blocks import (
    Fact,
    actions,
    heading,
    heading_of,
    paragraph,
    table,
    typed,
)
from templates.codes import (
    USABLE,
    all_codes_button,
    mark_sent_button,
    refresh_button,
    revoke_button,
    show_button,
    stops_at_once,
)
from templates.facts import (
    code_facts,
    ends_on,
    hint,
    purpose_facts,
    told_sent,
    until,
    went_out,
)
from templates.mail import mail_link
from templates.message import Message
from templates.situation import Situation, how_it_stands
from templates.using import use_facts
from templates.words import Mrkdwn, Words, in_notification, mention


def code_ready(
    words: Words, code: Code, situation: Situation, request: CodeRequest | None = None
) -> Message:
    """To the holder: the code is made or refreshed, until when, and how to see it. If somebody
    else asked for it or made it, also who, and what it is."""
    if code.has_ended:
        return code_ended(words, code, was_ready=True)
    title = _ready(words, situation)
    lead = words.prose(
        "notices/code_ready",
        **how_it_stands(situation.organisation),
        until=until(words, code.expires_at, situation.now),
        replaces=code.replaces_id is not None,
        asked_by=_other_than_holder(code, request.asked_by if request else None),
        made_by=_other_than_holder(code, request.decided_by if request else None),
    )
    facts = purpose_facts(words, code.purpose)
    show = [actions(show_button(words, code, style="primary"))] if situation.is_approved else []
    return Message.of(title, [heading(title), paragraph(lead), *table(facts), *show])


def _ready(words: Words, situation: Situation) -> str:
    _ = words.gettext
    return _("Koden din er klar") if situation.is_approved else _("Koden din er laget")


def _other_than_holder(code: Code, user_id: str | None) -> Mrkdwn | None:
    """Nobody, also of a code that replaces another: then the holder knows what it is."""
    is_news = user_id is not None and user_id != code.user_id and code.replaces_id is None
    return mention(user_id) if user_id and is_news else None


def code_to_send(words: Words, code: Code, situation: Situation) -> Message:
    """To account holders: the person is not in Slack, or cannot be written to there, so somebody
    has to send the code. When one of them has, all see who."""
    if code.sent_at:
        return _message(
            words,
            _sent,
            code,
            [paragraph(told_sent(words, code)), *_to_show(words, code, situation)],
        )
    lead = words.prose(
        "notices/code_to_send",
        **how_it_stands(situation.organisation),
        mail=mail_link(words, code, situation.organisation.name, situation.now),
        in_slack=code.user_id is not None,
    )
    say = _to_send if situation.is_approved else _to_keep
    return _message(words, say, code, [paragraph(lead), *_to_show(words, code, situation)])


def _message(
    words: Words, say: Callable[[Words, str], str], code: Code, blocks: Sequence[Block]
) -> Message:
    """Named after the person that the code is for."""
    name = code.person.name
    title = heading_of(partial(say, words), name)
    return Message.of(say(words, in_notification(name)), [title, *blocks])


def _to_show(words: Words, code: Code, situation: Situation) -> list[Block]:
    facts = table([*code_facts(words, code), ends_on(words, code, situation.now)])
    if not situation.is_approved:
        return facts
    if code.sent_at:
        ways = actions(show_button(words, code))
    else:
        ways = actions(show_button(words, code, style="primary"), mark_sent_button(words, code))
    return [*facts, ways]


def _to_send(words: Words, name: str) -> str:
    return words.gettext("Send koden til %(name)s", name=name)


def _to_keep(words: Words, name: str) -> str:
    return words.gettext("Koden til %(name)s er laget", name=name)


def code_sent(words: Words, code: Code) -> Message:
    """To whoever asked for somebody outside Slack: the code is on its way."""
    facts = table(code_facts(words, code))
    return _message(words, _sent, code, [paragraph(told_sent(words, code)), *facts])


def _sent(words: Words, name: str) -> str:
    return words.gettext("Koden til %(name)s er sendt", name=name)


class Reader(Struct, frozen=True):
    """Whom something is told of a code that may have to be refreshed, and what they can do."""

    situation: Situation
    has_asked: bool
    """Whether a refresh has been asked for."""

    @property
    def makes(self) -> bool:
        """Whether they are an account holder, who refreshes at once."""
        return self.situation.is_account_holder

    def may_refresh(self, code: Code) -> bool:
        """Now, or may have it done (rule 8); not what they have asked for already."""
        is_theirs = self.situation.may_use(code) and code.state in USABLE
        is_to_ask = self.makes or not self.has_asked
        return is_theirs and is_to_ask and not self.situation.is_blocked

    def values(self, words: Words, code: Code | None) -> dict[str, object]:
        """What a text for them is made from."""
        holder = code.user_id if code else None
        return {
            "for_holder": holder is not None and holder == self.situation.reader,
            "in_slack": holder is not None,
            "makes": self.makes,
            "asked": self.has_asked,
            **how_it_stands(self.situation.organisation),
            "blocked": self.situation.is_blocked,
            "techsoup": self.situation.has_codes_of_techsoup,
            "holders": words.mentions(self.situation.holders),
        }


def code_expires(words: Words, code: Code, reader: Reader) -> Message:
    """To the holder, or to account holders when the holder is not in Slack.

    The days are those left when it is read out, whichever threshold it was sent for.
    """
    now = reader.situation.now
    if code.state_at(now) is CodeState.EXPIRED:
        return code_expired(words, code, reader)
    left = words.days_left(code.expires_at, now)
    title = (
        words.gettext("Koden går ut om %(days)s", days=words.days(left))
        if left
        else words.gettext("Koden går ut i dag")
    )
    lead = words.prose("notices/code_expires", **reader.values(words, code))
    facts = [*_which(words, code), ends_on(words, code, now)]
    ways = _to_refresh(words, code, reader)
    return Message.of(title, [heading(title), paragraph(lead), *table(facts), *ways])


def code_found(words: Words, code: Code, reader: Reader) -> Message:
    """To the holder, or to account holders: somebody outside has the code."""
    now = reader.situation.now
    if code.state_at(now) is CodeState.EXPIRED:
        return code_expired(words, code, reader)
    title = words.gettext("Noen har funnet koden")
    works = _may_be_used(code, reader.situation)
    lead = words.prose("notices/code_found", works=works, **reader.values(words, code))
    facts = [*_which(words, code), ends_on(words, code, now)]
    ways = _to_stop(words, code, reader)
    return Message.of(title, [heading(title), paragraph(lead), *table(facts), *ways])


def code_expired(words: Words, code: Code, reader: Reader) -> Message:
    title = words.gettext("Koden er gått ut")
    lead = words.prose("notices/code_expired", **reader.values(words, code))
    facts = [*_which(words, code), went_out(words, code)]
    ways = _to_refresh(words, code, reader)
    return Message.of(title, [heading(title), paragraph(lead), *table(facts), *ways])


def _to_refresh(words: Words, code: Code, reader: Reader) -> list[Block]:
    if not reader.may_refresh(code):
        return []
    asks_first = stops_at_once(code, reader.situation)
    return [actions(refresh_button(words, code.id, style="primary", asks_first=asks_first))]


def _to_stop(words: Words, code: Code, reader: Reader) -> list[Block]:
    """That whoever has seen it cannot use it: it is refreshed, or withdrawn where it cannot be."""
    is_good = code.state_at(reader.situation.now) is CodeState.ACTIVE
    if is_good and reader.makes and reader.situation.is_blocked:
        return [actions(all_codes_button(words))]
    return _to_refresh(words, code, reader)


def _may_be_used(code: Code, situation: Situation) -> bool:
    """By whoever has it. Partners ask us whether it is good, unless TechSoup has made it."""
    is_good = code.state_at(situation.now) is CodeState.ACTIVE
    return is_good and (situation.is_approved or situation.has_codes_of_techsoup)


def _which(words: Words, code: Code) -> list[Fact]:
    """Which code it is, for somebody who may have several."""
    return [
        *code_facts(words, code),
        (words.gettext("Kode"), typed(hint(code))),
    ]


def code_revoked(words: Words, code: Code, who: str | None, *, techsoup: bool) -> Message:
    """To the holder: by whom, and that what is in use goes on."""
    title = words.gettext("Koden er trukket tilbake")
    lead = words.prose("notices/code_revoked", who=mention(who) if who else None, techsoup=techsoup)
    return Message.of(title, [heading(title), paragraph(lead), *table(_which(words, code))])


def first_use(words: Words, code: Code, use: Use, *, is_own: bool) -> Message:
    """To the code's holder and to account holders: the organisation is a valid user from now on
    (rule 5), by which code, where and when."""
    title = words.gettext("Organisasjonen er nå gyldig bruker")
    lead = words.prose("notices/first_use", own=is_own)
    facts = [*_which(words, code), *use_facts(words, use)]
    return Message.of(title, [heading(title), paragraph(lead), *table(facts)])


def code_ended(words: Words, code: Code, *, was_ready: bool = False) -> Message:
    """What stands where something was told of a code that has been replaced or withdrawn since.

    Nothing is left to press; but where it was told that a code `was_ready`, whoever looks for one
    that is withdrawn is told in words that it cannot be shown.
    """
    _ = words.gettext
    replaced = code.state is CodeState.REPLACED
    title = _("Koden er oppdatert") if replaced else _("Koden er trukket tilbake")
    lead = words.prose("notices/code_ended", replaced=replaced, ready=was_ready)
    ways = [actions(show_button(words, code))] if was_ready and not replaced else []
    return Message.of(title, [heading(title), paragraph(lead), *table(_which(words, code)), *ways])


def code_left(words: Words, code: Code, now: datetime, *, techsoup: bool) -> Message:
    """To account holders: the holder has left Slack, and the code is still good."""
    return _message(
        words,
        _left,
        code,
        [
            paragraph(words.prose("notices/code_left", techsoup=techsoup)),
            *table([*_which(words, code), ends_on(words, code, now)]),
            actions(revoke_button(words, code, techsoup=techsoup)),
        ],
    )


def _left(words: Words, name: str) -> str:
    return words.gettext("%(name)s er ikke lenger i Slack", name=name)


def code_exposed(words: Words, code: Code | None, reader: Reader) -> Message:
    """To whoever wrote a code in a message: it is a secret. The code itself is not repeated; None
    is one that the ledger does not know."""
    title = words.gettext("Koden er hemmelig")
    known = {**reader.values(words, code), **_known(code, reader)}
    text = words.prose("notices/code_exposed", **known)
    ways = _to_stop(words, code, reader) if code else []
    return Message.of(title, [heading(title), paragraph(text), *ways])


def _known(code: Code | None, reader: Reader) -> dict[str, object]:
    """How it stands with a code that others have seen; what somebody else has asked for is not
    told."""
    situation = reader.situation
    if code is None:
        may = {"works_elsewhere": False, "may_refresh": False}
        return {"state": None, "asked": False, "works": True, **may}
    return {
        "state": code.state_at(situation.now),
        "asked": reader.has_asked and situation.may_use(code),
        "works": _may_be_used(code, situation),
        "works_elsewhere": _works_elsewhere(code, situation),
        "may_refresh": reader.may_refresh(code),
    }


def _works_elsewhere(code: Code, situation: Situation) -> bool:
    """What TechSoup has made is withdrawn here alone: it is good there until it is deleted."""
    is_withdrawn = code.state is CodeState.REVOKED and situation.now < code.expires_at
    return is_withdrawn and situation.has_codes_of_techsoup
