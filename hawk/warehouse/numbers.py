"""Many whole numbers as one parameter, however many there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from sqlalchemy import ARRAY, BigInteger, ColumnElement, Text, bindparam, false
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeDecorator, TypeEngine

from hawk.warehouse.predicates import Predicate


def among(column: ColumnElement[int], numbers: Collection[int]) -> ColumnElement[bool]:
    """Whether a column has one of many numbers."""
    return _Among(column, numbers) if numbers else false()


class _Numbers(TypeDecorator[list[int]]):
    """An array, or what SQLite has instead: JSON."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(BigInteger) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: list[int] | None, dialect: Dialect) -> Any:
        return value if dialect.name == "postgresql" else msgspec.json.encode(value).decode()


class _Among(Predicate):
    inherit_cache = True

    def __init__(self, column: ColumnElement[int], numbers: Iterable[int]) -> None:
        super().__init__(column, bindparam(None, list(numbers), type_=_Numbers(), unique=True))


@compiles(_Among, "sqlite")
def _in_json(element: _Among, compiler: SQLCompiler, **more: Any) -> str:
    column, numbers = (compiler.process(one, **more) for one in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({numbers})))"  # noqa: S608 (no values)


@compiles(_Among, "postgresql")
def _in_array(element: _Among, compiler: SQLCompiler, **more: Any) -> str:
    column, numbers = (compiler.process(one, **more) for one in element.clauses)
    return f"({column} = ANY ({numbers}))"
