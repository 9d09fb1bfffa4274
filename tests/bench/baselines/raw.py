"""SQL as the drivers take it: one INSERT for each table."""

_PERSON = (
    "id", "organisation_id", "first_name", "last_name", "email", "identity", "sort_key",
)  # fmt: skip
_REQUEST = (
    "id", "organisation_id", "person_id", "asked_by", "kind", "role", "purpose",
    "submission_id", "state", "asked_at", "message", "next_notice_at",
)  # fmt: skip
_EVENT = (
    "id", "organisation_id", "at", "actor", "action", "request_id", "person_id", "seq",
    "commitment", "hash",
)  # fmt: skip
_NOTICE = (
    "id", "organisation_id", "team_id", "key", "kind", "recipient", "request_id",
    "revision", "state", "due_at", "unsure", "attempts", "created_at", "turn",
)  # fmt: skip


def inserts(mark: str) -> tuple[str, str, str, str]:
    """For a person, a request, an event and a notice; `mark` makes a parameter, as `?` or `${}`."""
    tables = (
        ("people", _PERSON),
        ("code_requests", _REQUEST),
        ("audit", _EVENT),
        ("outbox", _NOTICE),
    )
    person, request, event, notice = (_insert(table, columns, mark) for table, columns in tables)
    return person, request, event, notice


def _insert(table: str, columns: tuple[str, ...], mark: str) -> str:
    marks = ", ".join(mark.format(number) for number in range(1, len(columns) + 1))
    names = ", ".join(f'"{column}"' for column in columns)
    return f"INSERT INTO {table} ({names}) VALUES ({marks})"
