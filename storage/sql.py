"""SQLAlchemy's words, in which the tables and the statements of the ledger are said.

At run time each is a recording (`recorded`): SQLAlchemy is loaded only where SQL is needed that
nobody has made beforehand. For mypy they are what they mean.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import (
        BigInteger,
        BindParameter,
        Boolean,
        CheckConstraint,
        Column,
        ColumnElement,
        Delete,
        ForeignKey,
        ForeignKeyConstraint,
        Integer,
        LargeBinary,
        MetaData,
        Select,
        String,
        Table,
        Text,
        TextClause,
        UniqueConstraint,
        Update,
        and_,
        bindparam,
        case,
        column,
        delete,
        exists,
        false,
        func,
        insert,
        literal,
        literal_column,
        not_,
        null,
        or_,
        select,
        text,
        union,
        union_all,
        update,
    )
    from sqlalchemy.sql.dml import UpdateBase
    from sqlalchemy.sql.selectable import CompoundSelect, TextualSelect

    from storage.functions import (
        Moment,
        Number,
        Upsert,
        Word,
        among,
        begins_with,
        contains,
        insert_new,
        insert_or_set,
        one_of,
    )

    Statement = Select[Any] | CompoundSelect[Any] | TextualSelect | TextClause | UpdateBase | Upsert
else:
    from storage.recorded import Column, MetaData, Table, word

    def __getattr__(name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return word(name)


__all__ = [
    "BigInteger",
    "BindParameter",
    "Boolean",
    "CheckConstraint",
    "Column",
    "ColumnElement",
    "CompoundSelect",
    "Delete",
    "ForeignKey",
    "ForeignKeyConstraint",
    "Integer",
    "LargeBinary",
    "MetaData",
    "Moment",
    "Number",
    "Select",
    "Statement",
    "String",
    "Table",
    "Text",
    "TextClause",
    "TextualSelect",
    "UniqueConstraint",
    "Update",
    "UpdateBase",
    "Upsert",
    "Word",
    "among",
    "and_",
    "begins_with",
    "bindparam",
    "case",
    "column",
    "contains",
    "delete",
    "exists",
    "false",
    "func",
    "insert",
    "insert_new",
    "insert_or_set",
    "literal",
    "literal_column",
    "not_",
    "null",
    "one_of",
    "or_",
    "select",
    "text",
    "union",
    "union_all",
    "update",
]
