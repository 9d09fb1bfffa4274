"""Answers as partners get them: what their scope allows, in words, and signed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.api.pasted import Mended
from bot.api.shapes import Answered, Both, Holder, Organisation, Used
from bot.api.signing import Signer
from storage.once import Answer, Question
from storage.recognising import CheckedCode
from storage.records import CodeStatus, Partner, PartnerScope
from templates.partner_answers import told


async def answered(
    signer: Signer,
    question: Question,
    answer: Answer,
    mended: Sequence[Mended],
    now: datetime,
    operator: str | None,
) -> Answered:
    """`operator`: what whoever runs the bot is called, if anything.

    Raises:
        SecretUnreadable, DatabaseUnavailable: it cannot be signed.
    """
    code, used = answer.code, _used(answer)
    said = told(answer.status, operator, is_approved=code is None or code.is_approved)
    is_folded = code is not None and code.is_mended
    return Answered(
        status=answer.status,
        message=Both(**said.message),
        who_must_act=said.acts,
        action=Both(**said.action),
        mended=[*mended, *([Mended.CASE] if is_folded else [])],
        organisation=Organisation(name=code.organisation, number=code.number) if code else None,
        holder=_holder(question.partner, answer.status, code),
        expires_at=code.expires_at if code else None,
        use=used,
        test=question.partner.is_test,
        statement=await signer.sign(question.partner.id, _claims(question, answer, used), now),
    )


def _holder(partner: Partner, status: CodeStatus, code: CheckedCode | None) -> Holder | None:
    if code is None or status is not CodeStatus.VALID or partner.scope is not PartnerScope.HOLDER:
        return None
    return Holder(name=f"{code.first_name} {code.last_name}", email=code.email)


def _used(answer: Answer) -> Used | None:
    if answer.use is None:
        return None
    return Used(
        id=answer.use.id,
        used_at=answer.use.used_at,
        first_use=answer.use.is_first,
        repeated=answer.is_repeated,
    )


def _claims(question: Question, answer: Answer, used: Used | None) -> dict[str, Any]:
    """What is kept as proof: nothing of whom the code was made for, and not the code."""
    code = answer.code
    return {
        "status": answer.status,
        "service": question.service,
        "reference": question.reference,
        "organisation": {"name": code.organisation, "number": code.number} if code else None,
        "expires_at": code.expires_at.isoformat() if code else None,
        "test": question.partner.is_test,
        "use": {"id": used.id, "used_at": used.used_at.isoformat()} if used else None,
    }
