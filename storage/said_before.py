"""What a colleague has said of a person is read before somebody vouches for them all the same."""

from storage import authority, requests
from storage.desk import Desk
from storage.records import BOT, CodeRequest, Confirmation, Person, RequestState
from storage.refusals import DeclinedBefore, SaidBefore, WithdrawnBefore


async def last_no(desk: Desk, person: Person, actor: str) -> SaidBefore | None:
    """The last that was said of them, by whichever name and address, if it is somebody else's no: a
    word on their authority that was withdrawn, or what was answered when a code was asked for."""
    answered = await requests.decided_about(desk, person, most=1)
    answer = answered[0] if answered else None
    word = await authority.last_said(desk, person)
    if answer is not None and not _is_later(word, answer):
        is_a_no = answer.state is RequestState.DECLINED and answer.decided_by != actor
        return DeclinedBefore(answer) if is_a_no else None
    if word is None or word.withdrawn_at is None or word.withdrawn_by in (BOT, actor):
        return None
    return WithdrawnBefore(word)


async def require_known(desk: Desk, person: Person, actor: str, knows: str) -> None:
    """`knows`: which no the actor has read, by its id.

    Raises:
        DeclinedBefore, WithdrawnBefore: they have not read the last.
    """
    said = await last_no(desk, person, actor)
    if said is not None and said.id != knows:
        raise said


def _is_later(word: Confirmation | None, answer: CodeRequest) -> bool:
    """Of an answer that withdrew a word, the answer is told: it has a reason."""
    assert answer.decided_at is not None
    if word is None:
        return False
    is_at_once = word.said_at == answer.decided_at
    is_yes = answer.state is RequestState.APPROVED
    return word.said_at > answer.decided_at or (is_at_once and is_yes)
