"""The kinds of values (`kinds`) as SQLAlchemy's types: what a column of them is where."""

from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import DateTime, Dialect, Integer, String, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

from storage import kinds


class OfKind(TypeDecorator[Any]):
    """Values are converted as their kind has it."""

    impl: type[TypeEngine[Any]] = Text
    cache_ok = True
    kind: str

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        convert = kinds.to_keep(self.kind, dialect.name)
        return convert(value) if convert else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        convert = kinds.as_kept(self.kind, dialect.name)
        return convert(value) if convert else value


class Moment(OfKind):
    impl = DateTime
    cache_ok = True
    kind = kinds.MOMENT

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(32))
        return dialect.type_descriptor(DateTime(timezone=True))


class Word(OfKind):
    impl = String
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__(32)
        self.words = words
        self.kind = f"word {words.__name__}"


class Number(OfKind):
    impl = Integer
    cache_ok = True

    def __init__(self, numbers: type[IntEnum]) -> None:
        super().__init__()
        self.numbers = numbers
        self.kind = f"number {numbers.__name__}"


class TextList(OfKind):
    cache_ok = True
    kind = kinds.TEXTS
