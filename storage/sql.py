"""SQLAlchemy's words, in which the tables and the statements of the ledger are said.

At run time each is a recording (`recorded`): SQLAlchemy is loaded only where SQL is needed that
nobody has made beforehand. For mypy they are what they mean.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import (
        BigInteger as BigInteger,
    )
    from sqlalchemy import (
        BindParameter as BindParameter,
    )
    from sqlalchemy import (
        Boolean as Boolean,
    )
    from sqlalchemy import (
        CheckConstraint as CheckConstraint,
    )
    from sqlalchemy import (
        Column as Column,
    )
    from sqlalchemy import (
        ColumnElement as ColumnElement,
    )
    from sqlalchemy import (
        Delete as Delete,
    )
    from sqlalchemy import (
        ForeignKey as ForeignKey,
    )
    from sqlalchemy import (
        ForeignKeyConstraint as ForeignKeyConstraint,
    )
    from sqlalchemy import (
        Integer as Integer,
    )
    from sqlalchemy import (
        LargeBinary as LargeBinary,
    )
    from sqlalchemy import (
        MetaData as MetaData,
    )
    from sqlalchemy import (
        Select as Select,
    )
    from sqlalchemy import (
        String as String,
    )
    from sqlalchemy import (
        Table as Table,
    )
    from sqlalchemy import (
        Text as Text,
    )
    from sqlalchemy import (
        TextClause as TextClause,
    )
    from sqlalchemy import (
        UniqueConstraint as UniqueConstraint,
    )
    from sqlalchemy import (
        Update as Update,
    )
    from sqlalchemy import (
        and_ as and_,
    )
    from sqlalchemy import (
        bindparam as bindparam,
    )
    from sqlalchemy import (
        case as case,
    )
    from sqlalchemy import (
        column as column,
    )
    from sqlalchemy import (
        delete as delete,
    )
    from sqlalchemy import (
        exists as exists,
    )
    from sqlalchemy import (
        false as false,
    )
    from sqlalchemy import (
        func as func,
    )
    from sqlalchemy import (
        insert as insert,
    )
    from sqlalchemy import (
        literal as literal,
    )
    from sqlalchemy import (
        literal_column as literal_column,
    )
    from sqlalchemy import (
        not_ as not_,
    )
    from sqlalchemy import (
        null as null,
    )
    from sqlalchemy import (
        or_ as or_,
    )
    from sqlalchemy import (
        select as select,
    )
    from sqlalchemy import (
        text as text,
    )
    from sqlalchemy import (
        union as union,
    )
    from sqlalchemy import (
        union_all as union_all,
    )
    from sqlalchemy import (
        update as update,
    )
    from sqlalchemy.sql.dml import UpdateBase as UpdateBase
    from sqlalchemy.sql.selectable import CompoundSelect as CompoundSelect
    from sqlalchemy.sql.selectable import TextualSelect as TextualSelect

    from storage.functions import (
        Moment as Moment,
    )
    from storage.functions import (
        Number as Number,
    )
    from storage.functions import (
        Upsert as Upsert,
    )
    from storage.functions import (
        Word as Word,
    )
    from storage.functions import (
        among as among,
    )
    from storage.functions import (
        begins_with as begins_with,
    )
    from storage.functions import (
        contains as contains,
    )
    from storage.functions import (
        insert_new as insert_new,
    )
    from storage.functions import (
        insert_or_set as insert_or_set,
    )
    from storage.functions import (
        one_of as one_of,
    )

    Statement = Select[Any] | CompoundSelect[Any] | TextualSelect | TextClause | UpdateBase | Upsert
else:
    from storage.recorded import Column, MetaData, Table, word

    __all__ = ["Column", "MetaData", "Table"]

    def __getattr__(name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return word(name)
