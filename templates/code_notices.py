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
from templates.codes import mark_sent_button, refresh_button, revoke_button, show_button
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
from templates.using import use_facts
from templates.words import Mrkdwn, Words, in_notification, mention


def code_ready(
    words: Words, code: Code, now: datetime, request: CodeRequest | None = None
) -> Message:
    """To the holder: the code is made or refreshed, until when, and how to see it. If somebody
    else asked for it or made it, also who, and what it is."""
    title = words.gettext("Koden din er klar")
    if code.has_ended:
        return code_ended(words, code, was_ready=True)
    lead = words.prose(
        "notices/code_ready",
        until=until(words, code.expires_at, now),
        replaces=code.replaces_id is not None,
        asked_by=_other_than_holder(code, request.asked_by if request else None),
        made_by=_other_than_holder(code, request.decided_by if request else None),
    )
    facts = purpose_facts(words, code.purpose)
    show = actions(show_button(words, code, style="primary"))
    return Message.of(title, [heading(title), paragraph(lead), *table(facts), show])


def _other_than_holder(code: Code, user_id: str | None) -> Mrkdwn | None:
    """Nobody, also of a code that replaces another: then the holder knows what it is."""
    is_news = user_id is not None and user_id != code.user_id and code.replaces_id is None
    return mention(user_id) if user_id and is_news else None


def code_to_send(words: Words, code: Code, organisation_name: str, now: datetime) -> Message:
    """To account holders: the person is not in Slack, or cannot be written to there, so somebody
    has to send the code. When one of them has, all see who."""
    if code.sent_at:
        return _message(
            words, _sent, code, [paragraph(told_sent(words, code)), *_to_show(words, code, now)]
        )
    mail, in_slack = mail_link(words, code, organisation_name, now), code.user_id is not None
    lead = paragraph(words.prose("notices/code_to_send", mail=mail, in_slack=in_slack))
    return _message(words, _to_send, code, [lead, *_to_show(words, code, now)])


def _message(
    words: Words, say: Callable[[Words, str], str], code: Code, blocks: Sequence[Block]
) -> Message:
    """Named after the person that the code is for."""
    name = code.person.name
    title = heading_of(partial(say, words), name)
    return Message.of(say(words, in_notification(name)), [title, *blocks])


def _to_show(words: Words, code: Code, now: datetime) -> list[Block]:
    if code.sent_at:
        ways = actions(show_button(words, code))
    else:
        ways = actions(show_button(words, code, style="primary"), mark_sent_button(words, code))
    return [*table([*code_facts(words, code), ends_on(words, code, now)]), ways]


def _to_send(words: Words, name: str) -> str:
    return words.gettext("Send koden til %(name)s", name=name)


def code_sent(words: Words, code: Code) -> Message:
    """To whoever asked for somebody outside Slack: the code is on its way."""
    facts = table(code_facts(words, code))
    return _message(words, _sent, code, [paragraph(told_sent(words, code)), *facts])


def _sent(words: Words, name: str) -> str:
    return words.gettext("Koden til %(name)s er sendt", name=name)


class Reader(Struct, frozen=True):
    """Whom it is told that a code runs out or has."""

    is_holder: bool
    """The code's; else an account holder, for somebody who is not in Slack."""

    makes: bool
    """Whether they are an account holder, who refreshes at once."""

    has_asked: bool
    """Whether a refresh has been asked for."""

    pastes: bool = False
    """Whether what they make, they paste: then a form comes first."""

    def stops_at_once(self, code: Code, now: datetime | None) -> bool:
        is_good = now is not None and code.state_at(now) is CodeState.ACTIVE
        return self.makes and not self.pastes and is_good

    @property
    def values(self) -> dict[str, bool]:
        return {"for_holder": self.is_holder, "makes": self.makes, "asked": self.has_asked}


def code_expires(words: Words, code: Code, now: datetime, reader: Reader) -> Message:
    """To the holder, or to account holders when the holder is not in Slack.

    The days are those left when it is read out, whichever threshold it was sent for.
    """
    if code.state_at(now) is CodeState.EXPIRED:
        return code_expired(words, code, reader)
    left = words.days_left(code.expires_at, now)
    title = (
        words.gettext("Koden går ut om %(days)s", days=words.days(left))
        if left
        else words.gettext("Koden går ut i dag")
    )
    in_slack = code.user_id is not None
    lead = words.prose("notices/code_expires", **reader.values, in_slack=in_slack)
    return _runs_out(words, code, title, lead, ends_on(words, code, now), reader, now)


def code_found(words: Words, code: Code, now: datetime, reader: Reader) -> Message:
    """To the holder, or to account holders: somebody outside has the code."""
    if code.state_at(now) is CodeState.EXPIRED:
        return code_expired(words, code, reader)
    title = words.gettext("Noen har funnet koden")
    lead = words.prose("notices/code_found", **reader.values)
    return _runs_out(words, code, title, lead, ends_on(words, code, now), reader, now)


def code_expired(words: Words, code: Code, reader: Reader) -> Message:
    title = words.gettext("Koden er gått ut")
    in_slack = code.user_id is not None
    lead = words.prose("notices/code_expired", **reader.values, in_slack=in_slack)
    return _runs_out(words, code, title, lead, went_out(words, code), reader)


def _runs_out(
    words: Words,
    code: Code,
    title: str,
    lead: str,
    when: Fact,
    reader: Reader,
    now: datetime | None = None,
) -> Message:
    """Without `now`, of a code that has run out."""
    blocks: list[Block] = [heading(title), paragraph(lead), *table([*_which(words, code), when])]
    if reader.makes or not reader.has_asked:
        asks_first = reader.stops_at_once(code, now)
        refresh = refresh_button(words, code.id, style="primary", asks_first=asks_first)
        blocks.append(actions(refresh))
    return Message.of(title, blocks)


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
            paragraph(words.prose("notices/code_left")),
            *table([*_which(words, code), ends_on(words, code, now)]),
            actions(revoke_button(words, code, techsoup=techsoup)),
        ],
    )


def _left(words: Words, name: str) -> str:
    return words.gettext("%(name)s er ikke lenger i Slack", name=name)


def code_exposed(
    words: Words,
    code: Code | None,
    holders: Sequence[str],
    *,
    may_refresh: bool,
    makes: bool,
    asks_first: bool,
) -> Message:
    """To whoever wrote a code in a message: it is a secret. The code itself is not repeated."""
    title = words.gettext("Koden er hemmelig")
    text = words.prose(
        "notices/code_exposed",
        may_refresh=may_refresh,
        makes=makes,
        known=code is not None,
        ended=code is not None and code.has_ended,
        holders=words.mentions(holders),
    )
    blocks: list[Block] = [heading(title), paragraph(text)]
    if code is not None and may_refresh:
        refresh = refresh_button(words, code.id, style="primary", asks_first=asks_first)
        blocks.append(actions(refresh))
    return Message.of(title, blocks)
