"""What a request to the results API can say, and what the app gives to its routes."""

from __future__ import annotations

from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter, SkipValidation

from hawk.backends.storage.store import Storage
from hawk.results.queries.sample_filter import SampleStatus
from hawk.results.service import Fresh
from hawk.warehouse.engine import Database

Warehouse = NamedDependency[Database]
Logs = NamedDependency[Storage]
Freshen = NamedDependency[SkipValidation[Fresh]]

TEXT = r"^[^\x00]*$"  # PostgreSQL has no text with a NUL

EvalSetId = Annotated[
    str | None, QueryParameter(max_length=1000, pattern=TEXT, description="Of this eval set.")
]
EvalId = Annotated[
    str | None,
    QueryParameter(name="eval", max_length=1000, pattern=TEXT, description="Of this eval."),
]
Status = Annotated[SampleStatus | None, QueryParameter(description="How the sample ended.")]
Since = Annotated[str | None, QueryParameter(max_length=100, description="A time, or an age such as 2d.")]
Search = Annotated[
    str | None,
    QueryParameter(
        max_length=500, pattern=TEXT, description="Words that must each occur, whatever their case."
    ),
]
Superseded = Annotated[bool, QueryParameter(description="Whether to show earlier tries as well.")]
Sort = Annotated[str, QueryParameter(max_length=100, description="A column; -column has the largest first.")]
Limit = Annotated[int, QueryParameter(ge=1, le=500)]
Cursor = Annotated[str | None, QueryParameter(description="The `next` of the page before.")]
Total = Annotated[bool, QueryParameter(description="Whether to count what is on all pages.")]
SampleName = Annotated[
    str, PathParameter(max_length=1000, pattern=TEXT, description="A sample's uuid, or its id.")
]
