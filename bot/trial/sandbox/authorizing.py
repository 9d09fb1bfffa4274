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


_STYLE = (
    ":root{color-scheme:light dark;font:1.0625rem/1.5 system-ui,sans-serif}"
    "main{max-width:34rem;margin:2rem auto;padding:0 1rem}"
    "button{width:100%;padding:.6rem 1rem;font:inherit;text-align:left;cursor:pointer}"
    "p{margin:.5rem 0}h1{font-size:1.5rem}h2{font-size:1.125rem}"
)


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
            f'<p><button name="user" value="{user.id}">Tillat som {escape(user.real_name)}'
            f"{self._where(workspace)}</button></p>"
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
            _page(
                "Slack",
                f"<h1>{escape(self._workspaces[0].installation.bot_name)} vil inn i "
                f"{escape(' eller '.join(each.name for each in self._workspaces))}</h1>"
                f'<form action="/oauth/v2/decided">{hidden}{yes}'
                f'<p><button name="user" value="">Avbryt</button></p></form>'
                f"<h2>Da får den lov til dette</h2><ul>{scopes}</ul>",
            )
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


def opened(workspace: "PlayedWorkspace | None") -> Response:
    """The bot in the workspace, where there is something that shows it."""
    if workspace is None:
        return PlainTextResponse("team_not_found", 404)
    if workspace.client_url:
        return RedirectResponse(workspace.client_url, 302)
    return HTMLResponse(_page(workspace.name, f"<h1>{escape(workspace.name)}</h1>"))


def _page(title: str, main: str) -> str:
    return (
        '<!doctype html><html lang="nb"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><main>{main}</main></html>"
    )


def _granted(workspace: "PlayedWorkspace", user: "User", scope: str, redirect_uri: str) -> str:
    code = secrets.token_hex(16)
    scopes, now = frozenset(scope.split(",")), workspace.clock()
    workspace.grants[code] = Grant(user.id, scopes, redirect_uri, now)
    return code


def _may_say_yes(user: "User") -> bool:
    return not user.is_bot and not user.deleted and not user.is_guest
