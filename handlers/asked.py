"""The question that a button is about: for whoever asked it, and nobody else.

The ledger does not keep who asked. Their buttons carry a mark made of the question and of them,
which only the bot can make, and which tells nobody who it was.
"""

from storage.desk import Desk


def on_button(desk: Desk, question_id: str | None, asker: str) -> str:
    """What the buttons below an answer carry."""
    return f"{question_id}.{desk.keyring.vouch(_claim(question_id, asker))}" if question_id else ""


def asked_by(desk: Desk, on_button: str, user_id: str) -> str:
    """The question's id, if this person asked it; else empty, as for whoever reads in the same
    channel. Buttons from before there were marks are nobody's."""
    question_id, _, mark = on_button.partition(".")
    is_theirs = desk.keyring.has_vouched(_claim(question_id, user_id), mark)
    return question_id if is_theirs else ""


def _claim(question_id: str, asker: str) -> str:
    return f"{question_id} was asked by {asker}"
