"""What somebody has granted the app becomes a token: https://docs.slack.dev/authentication/

A code is good once and for ten minutes; a refresh token is good once.
"""

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from ..refusals import SlackRefusal

if TYPE_CHECKING:
    from ..records import Json
    from ..workspace import PlayedWorkspace

CODE_LIFETIME = timedelta(minutes=10)
TOKEN_LIFETIME = timedelta(hours=12)


def access(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    bot = workspace.installation
    if arguments.get("client_id") != bot.client_id:
        raise SlackRefusal("invalid_client_id")
    if arguments.get("client_secret") != bot.client_secret:
        raise SlackRefusal("bad_client_secret")
    if arguments.get("grant_type") == "refresh_token":
        return _renewed(workspace, arguments)
    grant = workspace.grants.pop(str(arguments.get("code", "")), None)
    if grant is None or grant.granted_at + CODE_LIFETIME <= workspace.clock():
        raise SlackRefusal("invalid_code", of_the_world=True)
    if arguments.get("redirect_uri") != grant.redirect_uri:
        raise SlackRefusal("bad_redirect_uri")
    bot.scopes = set(grant.scopes)
    if bot.uninstalled or bot.tokens_revoked:  # what it had before opens nothing again
        bot.ended_tokens |= {bot.bot_token, *bot.earlier_tokens}
        bot.bot_token = f"xoxb-{secrets.token_hex(16)}"
        bot.token_expires_at = None
        bot.earlier_tokens.clear()
    bot.uninstalled = bot.tokens_revoked = False
    return {
        **_token(workspace),
        "app_id": bot.app_id,
        "team": {"id": workspace.team_id, "name": workspace.name},
        "enterprise": None,
        "authed_user": {"id": grant.user_id},
        "is_enterprise_install": False,
    }


def _renewed(workspace: "PlayedWorkspace", arguments: "Json") -> "Json":
    bot = workspace.installation
    if not bot.refresh_token or arguments.get("refresh_token") != bot.refresh_token:
        raise SlackRefusal("invalid_refresh_token")
    return _token(workspace)


def _token(workspace: "PlayedWorkspace") -> "Json":
    bot = workspace.installation
    answer = {"ok": True, "token_type": "bot", "scope": ",".join(sorted(bot.scopes))}
    if bot.rotates:
        if bot.token_expires_at:
            bot.earlier_tokens[bot.bot_token] = bot.token_expires_at
        bot.bot_token = f"xoxe.xoxb-1-{secrets.token_hex(16)}"
        bot.refresh_token = f"xoxe-1-{secrets.token_hex(16)}"
        bot.token_expires_at = workspace.clock() + TOKEN_LIFETIME
        answer |= {
            "refresh_token": bot.refresh_token,
            "expires_in": int(TOKEN_LIFETIME.total_seconds()),
        }
    return {**answer, "access_token": bot.bot_token, "bot_user_id": bot.bot_user_id}
