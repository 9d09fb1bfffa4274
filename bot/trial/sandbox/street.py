"""One Slack for several workspaces: at one address, each is found by what only it has given out."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Route

from .arguments import arguments_of, token_of
from .authorizing import Authorizing, opened
from .refusals import SlackRefusal
from .response_urls import ResponseUrls
from .uploads import Uploads
from .web_api import WebApi
from .web_server import WebServer

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from .records import Json
    from .workspace import PlayedWorkspace


@dataclass(frozen=True, slots=True)
class _Door:
    """Of one workspace."""

    workspace: "PlayedWorkspace"
    api: WebApi
    responses: ResponseUrls
    uploads: Uploads


class Street:
    def __init__(self) -> None:
        self._web_server = WebServer()
        self._doors: list[_Door] = []
        self.url = self._web_server.url

    def add(self, workspace: "PlayedWorkspace") -> None:
        workspace.base_url = self.url
        api = WebApi(workspace, self._web_server.drop)
        self._doors.append(_Door(workspace, api, ResponseUrls(workspace), Uploads(workspace)))

    def leave(self, workspace: "PlayedWorkspace") -> None:
        self._doors = [each for each in self._doors if each.workspace is not workspace]

    async def start(self) -> None:
        await self._web_server.start(
            Starlette(
                routes=[
                    Route("/api/{method}", self._call, methods=["GET", "POST"]),
                    Route("/response/{key}", self._response, methods=["POST"]),
                    Route("/oauth/v2/authorize", self._asks),
                    Route("/oauth/v2/decided", self._decided),
                    Route("/app_redirect", self._opens),
                    Route("/upload/v1/{file_id}", self._upload, methods=["POST"]),
                ]
            )
        )

    async def stop(self) -> None:
        await self._web_server.stop()

    async def _call(self, request: "Request") -> "Response":
        return await (await self._called(request)).api.answer(request)

    async def _response(self, request: "Request") -> "Response":
        key = str(request.path_params["key"])
        doors = (each for each in self._doors if key in each.workspace.response_urls)
        return await next(doors, self._doors[0]).responses.answer(request)

    async def _upload(self, request: "Request") -> "Response":
        file_id = str(request.path_params["file_id"])
        doors = (each for each in self._doors if file_id in each.workspace.uploads)
        return await next(doors, self._doors[0]).uploads.answer(request)

    async def _asks(self, request: "Request") -> "Response":
        return await self._authorizing.page(request)

    async def _decided(self, request: "Request") -> "Response":
        return await self._authorizing.decided(request)

    async def _opens(self, request: "Request") -> "Response":
        """Whoever goes to the bot in Slack."""
        wanted = request.query_params.get("team")
        found = (each.workspace for each in self._doors if each.workspace.team_id == wanted)
        return opened(next(found, None))

    @property
    def _authorizing(self) -> Authorizing:
        return Authorizing([each.workspace for each in self._doors])

    async def _called(self, request: "Request") -> _Door:
        """Whose token it is; without one, whose code or refresh token."""
        try:
            arguments = await arguments_of(request)
        except SlackRefusal:
            return self._doors[0]
        token = token_of(request, arguments)
        doors = (each for each in self._doors if _knows(each.workspace, token, arguments))
        return next(doors, self._doors[0])


def _knows(workspace: "PlayedWorkspace", token: str | None, arguments: "Json") -> bool:
    bot = workspace.installation
    if token:
        return token in (bot.bot_token, bot.app_token, *bot.earlier_tokens, *bot.ended_tokens)
    is_code = arguments.get("code") in workspace.grants
    return is_code or arguments.get("refresh_token", "") == (bot.refresh_token or None)
