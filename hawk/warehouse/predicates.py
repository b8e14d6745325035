"""Conditions that each database has its own words for."""

from __future__ import annotations

from typing import Self

from sqlalchemy import Boolean
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType


class Predicate(FunctionElement[bool]):
    """A condition, compiled by :func:`sqlalchemy.ext.compiler.compiles` with brackets around it."""

    inherit_cache = True
    type = Boolean()

    def self_group(self, against: OperatorType | None = None) -> Self:  # noqa: ARG002
        """As it is: for SQLite a function's value would be compared with 1, which no index serves."""
        return self
