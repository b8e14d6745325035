"""``hawk schema``."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from hawk.cli.output import show_json
from hawk.specs.schema import json_schema


def schema(kind: Annotated[Literal["eval-set"], Parameter(help="The kind of config.")], /) -> None:
    """Print the JSON Schema of a kind of config, for editors."""
    show_json(json_schema(kind))
