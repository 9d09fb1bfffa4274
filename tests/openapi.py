"""Write down anew what the partners' interface is.

python -m tests.openapi
"""

from pathlib import Path
from typing import Any, cast

import bot.api
from bot.api.app import PartnerInterface, partner_api
from bot.api.document import document
from bot.api.pages import as_text

PATH = Path(bot.api.__file__).parent / "openapi.json"


def as_it_is() -> str:
    """By the code."""
    return as_text(document(partner_api(cast(PartnerInterface, cast(Any, None)))))


if __name__ == "__main__":
    PATH.write_text(as_it_is(), encoding="utf-8")
