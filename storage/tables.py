"""The tables as SQLAlchemy has them, for what works on the schema itself: migrations, indexes, the
SQL of statements. The ledger has them as they are said (`schema`)."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storage.schema import *  # noqa: F403
else:
    from storage import schema
    from storage.recorded import replayed

    replayed(list(schema.metadata.tables.values()))  # all of them: they refer to each other

    def __getattr__(name: str) -> Any:
        return replayed(getattr(schema, name))
