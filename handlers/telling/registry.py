"""Every kind of notice, each with its one entry."""

from collections.abc import Mapping
from typing import Any

from handlers.telling import (
    of_authority,
    of_codes,
    of_holders,
    of_organisation,
    of_questions,
    of_requests,
)
from handlers.telling.entry import Entry
from storage.records import NoticeKind

ENTRIES: tuple[Entry[Any], ...] = (
    *of_requests.ENTRIES,
    *of_codes.ENTRIES,
    *of_questions.ENTRIES,
    *of_holders.ENTRIES,
    *of_authority.ENTRIES,
    *of_organisation.ENTRIES,
)

BY_KIND: Mapping[NoticeKind, Entry[Any]] = {entry.kind: entry for entry in ENTRIES}
