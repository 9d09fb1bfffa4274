"""The page on which partners read of all this, and the document for their programs. Nothing on it
is loaded from elsewhere."""

import json
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.api.app import HERE
from bot.api.document import document
from bot.api.gate import OF_A_KEY
from bot.api.problems import KINDS
from bot.api.rehearsal import codes_of
from bot.api.shapes import LONGEST_BODY
from bot.api.signing import NAMELESS
from storage.guessing import LOCKED, MOST_MISSES, WINDOW
from storage.records import CodeStatus
from storage.webhooks import MOST_USES
from templates.pages import GUARDED
from templates.partner_answers import told
from templates.partner_page import STYLE, Page, Problem, Status, partner_page
from templates.words import Words

DOCS, STYLE_PATH, DOCUMENT = "/api/docs", "/api/docs.css", "/api/v1/openapi.json"


def add_pages(api: FastAPI, words: Words) -> None:
    text = as_text(document(api))

    async def docs(request: Request) -> Response:
        page = partner_page(words, _page(api, _where(api, request), words.operator_name))
        return HTMLResponse(page, headers=GUARDED)

    async def style(request: Request) -> Response:
        return Response(STYLE, media_type="text/css", headers=GUARDED)

    async def openapi(request: Request) -> Response:
        return Response(text, media_type="application/json")

    async def front(request: Request) -> Response:
        return RedirectResponse(DOCS)

    api.router.routes += [
        Route(DOCS, docs),
        Route(STYLE_PATH, style),
        Route(DOCUMENT, openapi),
        Route("/api", front),
        Route("/api/", front),
    ]


def as_text(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def _where(api: FastAPI, request: Request) -> str:
    """The address of the interface: as it was asked, where none is set."""
    public: str = api.servers[0]["url"]
    if public != HERE:
        return public.rstrip("/")
    is_secure = request.headers.get("x-forwarded-proto") == "https"
    asked = request.base_url.replace(scheme="https") if is_secure else request.base_url
    return str(asked).rstrip("/")


def _page(api: FastAPI, where: str, operator: str | None) -> Page:
    public: str = api.servers[0]["url"]
    return Page(
        where=where,
        issuer=NAMELESS if public == HERE else public,
        document=DOCUMENT,
        burst=OF_A_KEY.burst,
        per_second=int(OF_A_KEY.per_second),
        kilobytes=LONGEST_BODY // 1024,
        most_uses=MOST_USES,
        statuses=[Status(each.value, told(each, operator), codes_of(each)) for each in CodeStatus],
        problems=[Problem(each.name, each.status, each.title) for each in KINDS],
        most_misses=MOST_MISSES,
        window=WINDOW,
        locked=LOCKED,
    )
