"""Options that many commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

Id = Annotated[str | None, Parameter(name="ID", help="The job's id; without it the last one used.")]
Server = Annotated[str | None, Parameter(help="The server to ask; `local` for this machine.")]
Json = Annotated[bool, Parameter(help="Print JSON, as the API has it.")]
JsonLines = Annotated[bool, Parameter(help="Print one line of JSON for each.")]
Since = Annotated[str | None, Parameter(help="Not older than an age (2d, 12h) or a time.")]
Search = Annotated[str | None, Parameter(help="Words that must each occur.")]
Until = Annotated[str | None, Parameter(help="Before a time, or an age.")]
Task = Annotated[str | None, Parameter(help="Only of this task.")]
Model = Annotated[str | None, Parameter(help="Only of this model.")]
Solver = Annotated[str | None, Parameter(help="Only by this solver.")]
Sort = Annotated[
    str | None,
    Parameter(help="A column, such as score; -score has the largest first.", allow_leading_hyphen=True),
]
Superseded = Annotated[bool, Parameter(help="Also earlier tries that no longer count.")]
AllOfThem = Annotated[bool, Parameter(name="--all", help="Of all eval sets, not just one.")]
Timeout = Annotated[
    float | None, Parameter(name="--timeout", help="Seconds to wait at most.", validator=Number(gte=0))
]
OutputDir = Annotated[Path | None, Parameter(help="Write files into this folder instead.")]
Secrets = Annotated[list[str] | None, Parameter(name="--secret", help="Pass this environment variable on.")]
SecretsFiles = Annotated[
    list[Path] | None, Parameter(name="--secrets-file", help="Pass on the NAME=VALUE lines of this file.")
]
