"""Nothing is said to somebody of whom the bot knows that they have left."""

from collections.abc import Iterator
from datetime import timedelta

from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.findings import Finding, Kind

ON_ITS_WAY = timedelta(seconds=10)
"""What was being sent as it became known; longer than one delivery may take."""


def look(evidence: Evidence) -> Iterator[Finding]:
    for said in (*evidence.said, *evidence.overtaken):
        member = evidence.members.get(said.to)
        since = member.gone_since if member else None
        if since is None or said.at <= since:
            continue
        if evidence.lived(since, said.at) > ON_ITS_WAY:
            yield Finding(Kind.GONE, f"{said.to} at {said.at}: {said.title}")
