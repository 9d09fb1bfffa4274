"""No code stands where somebody reads whom it is not for."""

import re
from collections.abc import Iterator

from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.findings import Finding, Kind


def look(evidence: Evidence) -> Iterator[Finding]:
    names = "|".join(re.escape(row["short_name"]) for row in evidence.rows("organisations"))
    if not names:
        return
    a_code = re.compile(rf"[A-Za-z0-9]{{8}}@({names})\b", re.IGNORECASE)
    for where, text in evidence.writings:
        if a_code.search(text):
            yield Finding(Kind.OPEN, where)
