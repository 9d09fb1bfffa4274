"""From the command to a code in hand, over HTTP and over Socket Mode."""

from tests.slack.stage import COMMAND, FORM, Stage


async def test_a_representative_asks_for_themselves_and_gets_the_code(play: Stage) -> None:
    await play.kari.types(COMMAND)
    form = await play.kari.sees_view("Be om godkjenningskode")
    await play.kari.sees("Fornavn")
    form = play.kari.view() or form
    assert form.field("Fornavn").value == "Kari"
    assert form.field("E-post").value == "kari@example.org"
    await play.kari.fills(FORM)
    assert (await play.kari.submits()).closed
    sent = await play.kari.sees_message("sendt")
    assert f"@{play.ola.record.display_name}" in sent.text()
    asked = await play.ola.sees_message("Kari Nordmann ber om")
    for fact in ("kari@example.org", "Frivillig", "Nettside", "@Kari"):
        assert fact in asked.text()
    await play.anne.sees("ber om")
    await play.approves(play.ola)
    await play.kari.sees("Koden din er klar")
    await play.kari.clicks("Vis koden")
    shown = await play.kari.sees_view("Godkjenningskoden")
    assert "@RodeKors" in shown.text()
    await play.anne.sees("godkjent av @Ola")
    assert "Godkjenn" not in [button.text for button in (await play.anne.sees("ber om")).buttons()]
    assert play.slack.workspace.violations == []
