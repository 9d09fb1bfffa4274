"""The partners' interface, version 1: what is asked where.

POST /api/v1/codes/verify            whether a code is good; that is a use
POST /api/v1/codes/found             somebody has come upon a code
GET  /api/v1/organisations/{number}  whether an organisation is a valid user
GET  /api/v1/me                      whose key it is
GET  /api/v1/keys                    what statements are signed with
GET  /api/v1/openapi.json, /api/docs what all of this is
"""

import asyncio
import logging
from collections.abc import Collection
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Path
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.api import problems, questions
from bot.api.addresses import address_of
from bot.api.answers import answered
from bot.api.gate import OF_A_KEY, Gate
from bot.api.pasted import mend
from bot.api.problems import Problem, documented
from bot.api.rehearsal import Rehearsal
from bot.api.shapes import (
    LONGEST_BODY,
    Answered,
    Asked,
    Found,
    KeyShown,
    Me,
    OrganisationAnswered,
    PublicKey,
    PublicKeys,
)
from bot.api.signing import Signer, as_jwk
from storage import finding
from storage.checking import Checking
from storage.database import DatabaseUnavailable
from storage.desk import Ledger
from storage.once import Answer, Question, UsedOtherwise
from storage.partners import Known
from storage.records import CodeStatus
from storage.uses import valid_user

log = logging.getLogger(__name__)

VERIFY_PATH = "/api/v1/codes/verify"
HERE = "/"
"""The address of the interface where it is not known how it is reached: where the document is."""

BUSY_SECONDS = "5"
NOT_KEPT = {"cache-control": "no-store"}
"""Of answers that say something of somebody."""


class PartnerInterface:
    """All that answers partners; `gate`, `signer` and the queue are one for the process.

    `operator`: what whoever runs the bot is called, if anything.
    """

    def __init__(
        self,
        ledger: Ledger,
        gate: Gate,
        signer: Signer,
        trusted: Collection[str] = (),
        operator: str | None = None,
    ) -> None:
        self.ledger = ledger
        self.gate = gate
        self.signer = signer
        self.checking = Checking(ledger)
        self.rehearsal = Rehearsal()
        self.trusted = trusted
        self.operator = operator
        self._reports: set[asyncio.Task[None]] = set()

    async def finish(self) -> None:
        """See out what goes on when all have been answered."""
        await asyncio.gather(*self._reports)
        await self.gate.finish()

    @property
    def now(self) -> datetime:
        return self.ledger.database.clock()

    async def known(self, request: Request) -> Known:
        authorization = request.headers.get("authorization", "")
        return await self.gate.admit(authorization, address_of(request, self.trusted))

    async def verify(self, request: Request) -> Answered:
        known = await self.known(request)
        key = questions.idempotency_key(request)
        asked = await questions.read(request, Asked)
        code, mended = mend(asked.code)
        question = Question(known.partner, code, asked.service, asked.reference, key, asked.dry_run)
        answer = await self._answer(question)
        if answer.status is CodeStatus.UNKNOWN and not answer.is_repeated:
            self.gate.missed_code(known, address_of(request, self.trusted))
        return await answered(self.signer, question, answer, mended, self.now, self.operator)

    async def _answer(self, question: Question) -> Answer:
        try:
            if question.partner.is_test:
                return self.rehearsal.check(question, self.now)
            return await self.checking.check(question)
        except UsedOtherwise as otherwise:
            detail = problems.INSTEAD[otherwise.known_by]
            raise Problem(problems.USED_OTHERWISE, detail) from None

    async def organisation(self, request: Request, number: str) -> OrganisationAnswered:
        known = await self.known(request)
        name, since = await self._valid_user(known, number)
        return OrganisationAnswered(
            number=number,
            known=name is not None,
            name=name if since else None,
            valid_user=since is not None,
            since=since,
        )

    async def _valid_user(self, known: Known, number: str) -> tuple[str | None, datetime | None]:
        if known.partner.is_test:
            return self.rehearsal.valid_user(number, self.now)
        async with self.ledger.database.reading() as reading:
            return await valid_user(reading, number)

    async def found(self, request: Request) -> None:
        """Looked up when it has been answered: how long that takes tells nothing."""
        await self.gate.let_in(address_of(request, self.trusted))
        code, _ = mend((await questions.read(request, Found)).code)
        task = asyncio.create_task(self._report(code))
        self._reports.add(task)
        task.add_done_callback(self._reports.discard)

    async def _report(self, code: str) -> None:
        try:
            await finding.report(self.ledger, code)
        except DatabaseUnavailable as error:
            log.warning("found_code_not_kept", extra={"error": type(error).__name__})

    async def me(self, request: Request) -> Me:
        known = await self.known(request)
        partner, key = known.partner, known.key
        shown = KeyShown(begins=key.hint, made_at=key.made_at, ends_at=key.ends_at)
        return Me(
            id=partner.id, name=partner.name, scope=partner.scope, test=partner.is_test, key=shown
        )

    async def keys(self, request: Request) -> PublicKeys:
        await self.gate.let_in(address_of(request, self.trusted))
        shown = await self.signer.keys()
        return PublicKeys(keys=[PublicKey(**as_jwk(key)) for key in shown])


def partner_api(interface: PartnerInterface, public_url: str = "") -> FastAPI:
    """The ASGI application, with paths from the root."""
    api = FastAPI(
        title="Godkjenningskoder",
        version="1",
        summary="Whether a godkjenningskode is good.",
        description=(
            "For providers of products and services to Norwegian voluntary organisations. Each "
            "question carries the key that the operator has given you. With one you may ask "
            f"{OF_A_KEY.burst} questions at once and then {OF_A_KEY.per_second:.0f} a second, from "
            f"one address twice as many. A body has at most {LONGEST_BODY} bytes."
        ),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        servers=[{"url": public_url or HERE}],
    )
    _tell_of_problems(api)
    _route(api, interface)
    return api


def _route(api: FastAPI, interface: PartnerInterface) -> None:
    of_anybody = documented(
        problems.NO_KEY,
        problems.SUSPENDED,
        problems.TOO_MANY,
        problems.FAILED,
        problems.UNAVAILABLE,
    )

    @api.post(
        VERIFY_PATH,
        operation_id="verifyCode",
        summary="Is this code good?",
        response_model=Answered,
        responses={
            **of_anybody,
            **documented(
                problems.NOT_JSON,
                problems.USED_OTHERWISE,
                problems.TOO_LARGE,
                problems.NOT_DECLARED_JSON,
                problems.WRONG_FIELDS,
            ),
        },
    )
    async def verify(request: Request) -> Response:
        return _told(await interface.verify(request))

    @api.post(
        "/api/v1/codes/found",
        operation_id="reportFoundCode",
        summary="I have found this code where it ought not to be.",
        description="Whoever has it is told to have it refreshed. It needs no key, and is not "
        "answered but that it was heard.",
        status_code=202,
        response_class=Response,
        responses=documented(
            problems.NOT_JSON,
            problems.TOO_LARGE,
            problems.NOT_DECLARED_JSON,
            problems.WRONG_FIELDS,
            problems.TOO_MANY,
            problems.FAILED,
            problems.UNAVAILABLE,
        ),
    )
    async def found(request: Request) -> Response:
        await interface.found(request)
        return Response(status_code=202, headers=NOT_KEPT)

    @api.get(
        "/api/v1/organisations/{number}",
        operation_id="getOrganisation",
        summary="Is this organisation a valid user?",
        response_model=OrganisationAnswered,
        responses={**of_anybody, **documented(problems.WRONG_FIELDS)},
    )
    async def organisation(
        request: Request,
        number: Annotated[str, Path(pattern="^[0-9]{9}$", examples=["988077917"])],
    ) -> Response:
        return _told(await interface.organisation(request, number))

    @api.get(
        "/api/v1/me",
        operation_id="getMe",
        summary="Whose key is this?",
        response_model=Me,
        responses=of_anybody,
    )
    async def me(request: Request) -> Response:
        return _told(await interface.me(request))

    @api.get(
        "/api/v1/keys",
        operation_id="getKeys",
        summary="What are statements signed with?",
        response_model=PublicKeys,
        responses=documented(problems.TOO_MANY, problems.FAILED, problems.UNAVAILABLE),
    )
    async def keys(request: Request) -> Response:
        return _told(await interface.keys(request), {"cache-control": "public, max-age=900"})


def _told(shape: Any, headers: dict[str, str] = NOT_KEPT) -> Response:
    return Response(shape.model_dump_json(), 200, headers, media_type="application/json")


def _tell_of_problems(api: FastAPI) -> None:
    """Whatever goes wrong is a problem document."""
    for kind in (Problem, HTTPException, RequestValidationError, DatabaseUnavailable, Exception):
        api.add_exception_handler(kind, _told_of)


async def _told_of(request: Request, error: Exception) -> Response:
    return problem_of(error).response


def problem_of(error: Exception) -> Problem:
    """What a partner is told of it."""
    match error:
        case Problem():
            return error
        case HTTPException():
            is_method = error.status_code == HTTPStatus.METHOD_NOT_ALLOWED
            kind = problems.WRONG_METHOD if is_method else problems.NOT_FOUND
            return Problem(kind, headers=error.headers or {})
        case RequestValidationError():  # of a path: bodies are read by hand
            wrong = [str(each["loc"][-1]) for each in error.errors()]
            errors = [{"pointer": each, "detail": "is wrong"} for each in wrong]
            return Problem(problems.WRONG_FIELDS, errors=errors)
        case DatabaseUnavailable():
            log.warning("partner_not_answered", extra={"error": type(error).__name__})
            return Problem(problems.UNAVAILABLE, headers={"retry-after": BUSY_SECONDS})
    return Problem(problems.FAILED)


class AheadOfFramework:
    """What is asked most is answered past FastAPI, which would take as long over it again; whatever
    else is asked there, or elsewhere, is FastAPI's."""

    def __init__(self, interface: PartnerInterface, api: FastAPI) -> None:
        self._interface = interface
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != VERIFY_PATH or scope["method"] != "POST":
            await self._api(scope, receive, send)
            return
        try:
            answer = _told(await self._interface.verify(Request(scope, receive)))
        except Exception as error:
            problem = problem_of(error)
            if problem.kind is problems.FAILED:
                log.exception("partner_question_failed")
            answer = problem.response
        await answer(scope, receive, send)
