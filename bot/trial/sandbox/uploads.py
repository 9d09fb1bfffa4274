"""Where a file is sent that a method of the Web API has given an address for."""

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

    from .workspace import PlayedWorkspace


class Uploads:
    def __init__(self, workspace: "PlayedWorkspace") -> None:
        self.workspace = workspace

    async def answer(self, request: "Request") -> "Response":
        """The bytes alone, and all of them: as many as were told of. (Slack takes a form, too.)"""
        upload = self.workspace.uploads.get(str(request.path_params["file_id"]))
        if upload is None:
            return PlainTextResponse("not found", 404)
        content = await request.body()
        if len(content) != upload.length:
            return PlainTextResponse("wrong length", 400)
        upload.content = content
        return PlainTextResponse(f"OK - {len(content)}")
