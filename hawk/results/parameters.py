"""What a request to the results API can say, and what the app gives to its routes."""

from __future__ import annotations

from typing import Annotated, Literal

from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter, SkipValidation

from hawk.auth.access import Access
from hawk.backends.storage.store import Storage
from hawk.results.queries.sample_filter import SampleStatus
from hawk.results.service import Fresh
from hawk.warehouse.engine import Database

Warehouse = NamedDependency[Database]
Logs = NamedDependency[Storage]
Seen = NamedDependency[SkipValidation[Access]]
Freshen = NamedDependency[SkipValidation[Fresh]]

TEXT = r"^[^\x00]*$"  # PostgreSQL has no text with a NUL

EvalSetId = Annotated[
    str | None, QueryParameter(max_length=1000, pattern=TEXT, description="Of this eval set.")
]
EvalId = Annotated[
    str | None,
    QueryParameter(name="eval", max_length=1000, pattern=TEXT, description="Of this eval."),
]
Task = Annotated[str | None, QueryParameter(max_length=1000, pattern=TEXT, description="Of this task.")]
Model = Annotated[str | None, QueryParameter(max_length=1000, pattern=TEXT, description="Of this model.")]
Solver = Annotated[str | None, QueryParameter(max_length=1000, pattern=TEXT, description="By this solver.")]
CreatedBy = Annotated[
    str | None, QueryParameter(max_length=1000, pattern=TEXT, description="Started by this user.")
]
Tag = Annotated[str | None, QueryParameter(max_length=1000, pattern=TEXT, description="With this tag.")]
EvalStatus = Annotated[
    Literal["started", "success", "cancelled", "error"] | None,
    QueryParameter(description="How the eval stands."),
]
SampleId = Annotated[
    str | None, QueryParameter(max_length=1000, pattern=TEXT, description="With this id in its data set.")
]
Epoch = Annotated[
    int | None, QueryParameter(ge=-(2**31), le=2**31 - 1, description="Of this epoch, from 1 on.")
]
EndedBy = Annotated[
    str | None,
    QueryParameter(max_length=100, pattern=TEXT, description="Ended by this limit, such as token."),
]
ScoreMin = Annotated[float | None, QueryParameter(description="With this headline score or a larger one.")]
ScoreMax = Annotated[float | None, QueryParameter(description="With this headline score or a smaller one.")]
Invalidated = Annotated[bool | None, QueryParameter(description="Whether somebody declared it invalid.")]
Scorer = Annotated[
    str | None, QueryParameter(max_length=1000, pattern=TEXT, description="Scored by this scorer.")
]
Until = Annotated[str | None, QueryParameter(max_length=100, description="Before a time, or an age.")]
Top = Annotated[int, QueryParameter(ge=1, le=500, description="The most values of each facet.")]
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
