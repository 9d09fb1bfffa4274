"""The page on which partners read of all this, and the document for their programs. Nothing on it
is loaded from elsewhere."""

import json
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.api.document import document
from bot.api.problems import KINDS
from storage.guessing import LOCKED, MOST_MISSES, WINDOW
from storage.records import CodeStatus
from templates.pages import GUARDED
from templates.partner_answers import told
from templates.partner_page import STYLE, Page, Problem, Status, partner_page
from templates.words import Words

DOCS, STYLE_PATH, DOCUMENT = "/api/docs", "/api/docs.css", "/api/v1/openapi.json"


def add_pages(api: FastAPI, words: Words) -> None:
    text = as_text(document(api))
    page = partner_page(words, _page(api, words.operator_name))

    async def docs(request: Request) -> Response:
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


def _page(api: FastAPI, operator: str | None) -> Page:
    statuses = [Status(each.value, told(each, operator)) for each in CodeStatus]
    kinds = [Problem(each.name, each.status, each.title) for each in KINDS]
    return Page(
        where=api.servers[0]["url"].rstrip("/"),
        document=DOCUMENT,
        statuses=statuses,
        problems=kinds,
        most_misses=MOST_MISSES,
        window=WINDOW,
        locked=LOCKED,
    )
