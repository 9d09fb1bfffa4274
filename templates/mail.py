"""A mail to be, for a code whose person is not in Slack: never with the code in it."""

from datetime import datetime
from urllib.parse import quote

from storage.records import Code
from templates.blocks import cut
from templates.facts import until
from templates.words import Mrkdwn, Words, link

LONGEST_LINK = 2_600
"""As it stands in the text, which has room for 3,000 characters."""

LONGEST_ORGANISATION = 80


def mail_link(words: Words, code: Code, organisation_name: str, now: datetime) -> Mrkdwn:
    """A mail to be: address, subject and a polite text; without them when it grows too long.

    Slack documents `mailto:` in a text, and not as the address of a button.
    """
    _ = words.gettext
    organisation_name = cut(organisation_name, LONGEST_ORGANISATION)
    subject = _("Godkjenningskode fra %(organisation)s", organisation=organisation_name)
    body = words.plain_prose(
        "mail",
        first_name=code.person.first_name,
        organisation=organisation_name,
        until=until(words, code.expires_at, now),
    )
    address = f"mailto:{quote(code.person.email, safe='@')}"
    label = _("Skriv e-post")
    whole = link(f"{address}?subject={_quoted(subject)}&body={_quoted(body)}", label)
    return whole if len(whole) <= LONGEST_LINK else link(address, label)


def _quoted(text: str) -> str:
    """Percent-encoded as mail programs read it: lines end in CR LF, a space is %20."""
    return quote(text.replace("\n", "\r\n"), safe="")
