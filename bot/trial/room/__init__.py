"""The trial room (*prøverom*): the real bot against the sandbox, played in a browser.

    room.py      what is in it: the sandbox, the bot, the cast, a clock that travels;
                 installing.py the bot's own page, where two workspaces share it
    web.py       its addresses; guard.py who may use them; live.py what appears by itself
    acts.py      what a person does on the page, done in the sandbox; entering.py reads forms
    screens.py   what the page shows, as values; guide.py what to try
    hood.py      what is under the hood
    pages/       the HTML, in Jinja2; markup.py writes Slack's texts as HTML; static/ style, script

Nothing of the bot knows of it. The page has no log-in, so it answers this machine alone.
"""
