"""The page on which somebody lets an app in, or does not: https://slack.com/oauth/v2/authorize"""

import secrets
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from .records import Grant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from .records import User
    from .workspace import PlayedWorkspace


class Authorizing:
    """Into whichever of these workspaces somebody lets it."""

    def __init__(self, workspaces: "Sequence[PlayedWorkspace]") -> None:
        self._workspaces = workspaces

    async def page(self, request: "Request") -> Response:
        """What is asked for, and a button for each who may say yes."""
        wrong = self._what_is_wrong(request)
        if wrong:
            return PlainTextResponse(wrong, 400)
        asked = dict(request.query_params)
        yes = "".join(
            f'<button name="user" value="{user.id}">Tillat som {escape(user.real_name)}'
            f"{self._where(workspace)}</button>"
            for workspace in self._workspaces
            for user in workspace.users.values()
            if _may_say_yes(user)
        )
        hidden = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
            for name, value in asked.items()
        )
        scopes = "".join(f"<li>{escape(each)}</li>" for each in asked["scope"].split(","))
        return HTMLResponse(
            f'<!doctype html><html lang="nb"><title>Slack</title><main><h1>'
            f"{escape(self._workspaces[0].installation.bot_name)} vil inn i "
            f"{escape(' eller '.join(each.name for each in self._workspaces))}</h1>"
            f"<ul>{scopes}</ul>"
            f'<form action="/oauth/v2/decided">{hidden}{yes}'
            f'<button name="user" value="">Avbryt</button></form></main></html>'
        )

    async def decided(self, request: "Request") -> Response:
        """Back to the app, with a code or with a no."""
        wrong = self._what_is_wrong(request)
        if wrong:
            return PlainTextResponse(wrong, 400)
        asked = request.query_params
        answer = {"state": asked.get("state", "")}
        found = self._who(asked.get("user", ""))
        if found is None:
            answer["error"] = "access_denied"
        else:
            answer["code"] = _granted(*found, asked["scope"], asked["redirect_uri"])
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 302)

    def _who(self, user_id: str) -> "tuple[PlayedWorkspace, User] | None":
        for workspace in self._workspaces:
            user = workspace.users.get(user_id)
            if user is not None and _may_say_yes(user):
                return workspace, user
        return None

    def _where(self, workspace: "PlayedWorkspace") -> str:
        return f" i {escape(workspace.name)}" if len(self._workspaces) > 1 else ""

    def _what_is_wrong(self, request: "Request") -> str:
        asked, bot = request.query_params, self._workspaces[0].installation
        if asked.get("client_id") != bot.client_id:
            return "invalid_client_id"
        if not asked.get("scope"):
            return "invalid_scope"
        if asked.get("redirect_uri") not in bot.redirect_uris:
            return "bad_redirect_uri"
        return ""


def _granted(workspace: "PlayedWorkspace", user: "User", scope: str, redirect_uri: str) -> str:
    code = secrets.token_hex(16)
    scopes, now = frozenset(scope.split(",")), workspace.clock()
    workspace.grants[code] = Grant(user.id, scopes, redirect_uri, now)
    return code


def _may_say_yes(user: "User") -> bool:
    return not user.is_bot and not user.deleted and not user.is_guest
