"""A whole play: a command, a form, a message with a button, a decision."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.trial.sandbox import Sandbox, SeenMessage

from .genuine_bot import button, modal, section, text_input


def teach(app: AsyncApp) -> None:
    """Ask by command and form; the one who asked gets a message with a button to click."""

    @app.command("/ask")
    async def ask(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        form = modal("Ask", text_input("Why?", "why"), callback_id="asked")
        await client.views_open(trigger_id=body["trigger_id"], view=form)

    @app.view("asked")
    async def asked(ack: Any, body: dict[str, Any], client: Any) -> None:
        why = body["view"]["state"]["values"]["why"]["value"]["value"]
        if len(why) < 5:
            await ack(response_action="errors", errors={"why": "Say more"})
            return
        await ack()
        actions = {"type": "actions", "block_id": "b", "elements": [button("Approve", "approve")]}
        blocks = [section("*Somebody asks*"), actions]
        await client.chat_postMessage(channel=body["user"]["id"], text="Asked", blocks=blocks)

    @app.action("approve")
    async def approve(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        place = {"channel": body["channel"]["id"], "ts": body["message"]["ts"]}
        await client.chat_update(**place, text="*Approved* it is", blocks=[])


async def test_from_the_command_to_the_updated_message(
    slack: Sandbox, either_app: AsyncApp
) -> None:
    teach(either_app)
    kari = slack.person("Kari", "Nordmann", email="kari@example.no")

    await kari.types("/ask")
    await kari.sees_view("Ask")
    await kari.fills({"Why?": "no"})
    refused = await kari.submits()
    assert refused.errors == {"Why?": "Say more"}
    assert refused.errors["why"] == "Say more"

    await kari.fills({"Why?": "because"})
    assert (await kari.submits()).closed
    message = await kari.sees("Somebody asks")
    await kari.clicks("Approve")
    approved = await kari.sees_message("Approved it is")

    assert isinstance(message, SeenMessage)
    assert approved.ts == message.ts
    assert approved.buttons() == []
    assert slack.workspace.violations == []
