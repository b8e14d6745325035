"""The config with every field, as text and as data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from hawk.errors import InvalidConfig
from hawk.specs.document import read_document
from hawk.specs.load import parse_config

EVERY_FIELD = Path(__file__).with_name("every-field.eval-set.yaml")
SMALLEST = "tasks:\n- package: evals\n  name: evals\n  items:\n  - name: trivia\n"


def every_field() -> dict[str, Any]:
    return read_document(EVERY_FIELD.read_text(), EVERY_FIELD.name).data


def dumped(data: dict[str, Any]) -> str:
    return yaml.safe_dump(data, sort_keys=False, default_flow_style=False, allow_unicode=True)


def refused(text: str, overrides: tuple[str, ...] = ()) -> InvalidConfig:
    """The error that a text ends in."""
    try:
        loaded = parse_config(text, "test.yaml", overrides=overrides)
    except InvalidConfig as error:
        return error
    raise AssertionError(f"expected an error, loaded {loaded.spec}")
