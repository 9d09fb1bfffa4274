"""The page's addresses."""

from base64 import b64decode
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from bot.trial.room import hood, installing, pages, partners
from bot.trial.room.acts import ACTS, Act, Refused, do
from bot.trial.room.cast import MESSAGES, Beginning
from bot.trial.room.demo import Demo
from bot.trial.room.guard import Guard
from bot.trial.room.live import Live
from bot.trial.room.screens import NoSuchPlace, Screen
from bot.words import _
from templates.words import Words

LARGEST_BODY = 200_000


def web_app(demo: Demo) -> ASGIApp:
    site = _Site(demo, Words.of("nb"))
    return Guard(
        Starlette(
            routes=[
                Route("/", site.front),
                Mount("/static", StaticFiles(directory=pages.STATIC)),
                Route("/hood/{slug}/{kind}/{number:int}", site.detail),
                Route("/files/{file_id}", site.file),
                Route("/start-over", site.start_over, methods=["POST"]),
                *(
                    Route(f"{place}/{{path:path}}", site.ask, methods=["GET", "POST"])
                    for place in partners.PLACES
                ),
                Route(f"{installing.PAGE}/{{path:path}}", site.pass_on),
                Route("/{slug}/{place}", site.page),
                Route("/{slug}/{place}/{act}", site.act, methods=["POST"]),
                WebSocketRoute("/{slug}/{place}/live", site.live),
            ],
            exception_handlers={404: _not_found},
        )
    )


async def _not_found(request: Request, error: Exception) -> Response:
    return PlainTextResponse(_("Her er det ingenting. Begynn på forsiden: /"), 404)


class _Site:
    def __init__(self, demo: Demo, words: Words) -> None:
        self._demo = demo
        self._words = words

    async def _screen(self, request: Request) -> Screen:
        path, room = request.path_params, await self._demo.settled()
        return Screen(room, self._words, path["slug"], path["place"])

    async def front(self, request: Request) -> Response:
        first = next(iter((await self._demo.settled()).people))
        return RedirectResponse(f"/{first}/{MESSAGES}")

    async def page(self, request: Request) -> Response:
        try:
            return HTMLResponse(pages.page(await self._screen(request)))
        except NoSuchPlace as error:
            return await _not_found(request, error)

    async def act(self, request: Request) -> Response:
        """204 when it is done, or 200 with what there is to say of it; 422 with the words of
        whoever refuses it."""
        body = await request.body()
        if request.path_params["act"] not in ACTS or len(body) > LARGEST_BODY:
            return PlainTextResponse("", 400)
        try:
            screen = await self._screen(request)
            fields = parse_qs(body.decode(), keep_blank_values=True)
            act = Act(screen.room, screen.me, screen.channel, fields)
            told = await do(request.path_params["act"], act)
        except NoSuchPlace as error:
            return await _not_found(request, error)
        except UnicodeDecodeError:
            return PlainTextResponse("", 400)
        except Refused as refusal:
            return JSONResponse({"refused": str(refusal)}, 422)
        return JSONResponse({"told": told}) if told else Response(status_code=204)

    async def start_over(self, request: Request) -> Response:
        """`begins` says how."""
        fields = parse_qs((await request.body()).decode(errors="replace"))
        try:
            begins = Beginning(*fields.get("begins", ()))
        except (ValueError, TypeError):
            return PlainTextResponse("", 400)
        await self._demo.start_over(begins)
        return Response(status_code=204)

    async def pass_on(self, request: Request) -> Response:
        """To the bot's own page, where it has one."""
        room = await self._demo.settled()
        if not room.is_shared:
            return await _not_found(request, LookupError())
        return await installing.passed_on(request, room.bot.port)

    async def ask(self, request: Request) -> Response:
        """As a partner."""
        return await partners.passed_on(request, (await self._demo.settled()).bot.port)

    async def detail(self, request: Request) -> Response:
        path = request.path_params
        try:
            room = await self._demo.settled()
            found = hood.detail(room, path["slug"], path["kind"], path["number"])
        except LookupError as error:
            return await _not_found(request, error)
        return HTMLResponse(pages.fragment(self._words, "detail", found=found))

    async def file(self, request: Request) -> Response:
        room, wanted = await self._demo.settled(), request.path_params["file_id"]
        for file in room.files():
            if file["id"] == wanted:
                return Response(b64decode(file["content"]), media_type="application/octet-stream")
        return await _not_found(request, LookupError())

    async def live(self, socket: WebSocket) -> None:
        path, room = socket.path_params, await self._demo.settled()
        live = Live(socket, room, self._words, path["slug"], path["place"])
        try:
            with self._demo.visiting(socket):
                await live.run()
        except NoSuchPlace:
            await socket.close(1008)
