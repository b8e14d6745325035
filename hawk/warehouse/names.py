"""Names inside JSON: the elements of a list, the keys of an object."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from hawk.warehouse.predicates import Predicate


class HasName(Predicate):
    """Whether a document is a list with this text in it, or an object with this key."""

    inherit_cache = True

    def __init__(self, document: ColumnElement[Any], name: str) -> None:
        super().__init__(document, bindparam(None, name, unique=True))


@compiles(HasName, "sqlite")
def _sqlite(element: HasName, compiler: SQLCompiler, **more: Any) -> str:
    document, name = (compiler.process(one, **more) for one in element.clauses)
    own = f"CASE json_type({document}) WHEN 'array' THEN value ELSE key END"
    return f"(EXISTS (SELECT 1 FROM json_each({document}) WHERE {own} = {name}))"  # noqa: S608 (no values)


@compiles(HasName, "postgresql")
def _postgresql(element: HasName, compiler: SQLCompiler, **more: Any) -> str:
    document, name = (compiler.process(one, **more) for one in element.clauses)
    return f"({document} ? {name})"
