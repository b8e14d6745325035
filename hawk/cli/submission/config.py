"""A config, its warnings and its secrets: all that is known before anybody is asked."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from hawk.cli.asking import can_ask, confirm
from hawk.cli.environment import load_dotenv
from hawk.cli.faults import problem_line
from hawk.cli.output import paint, say
from hawk.cli.submission.options import LaunchOptions
from hawk.errors import FieldProblem, UsageFault
from hawk.specs.eval_set import EvalSetSpec
from hawk.specs.load import LoadedConfig, load_config
from hawk.specs.secrets import collect_secrets


def read_config(path: Path, options: LaunchOptions) -> LoadedConfig:
    """The config with ``--set`` applied. Unknown keys are said, and asked about where that is possible."""
    config = load_config(path, "eval-set", options.overrides or ())
    if config.warnings:
        _warn(config.warnings, config.source)
        if not options.skip_confirm and can_ask() and not confirm("Go on?", default=True):
            raise UsageFault("Nothing was started.", fix="Mend the config, or go on with --skip-confirm.")
    return config


def read_secrets(spec: EvalSetSpec, options: LaunchOptions) -> dict[str, str]:
    """The secrets of a launch, from files, the environment and ``.env``."""
    load_dotenv()
    return collect_secrets(spec, options.secrets_files or (), options.secrets or (), os.environ)


def _warn(warnings: Sequence[FieldProblem], source: str) -> None:
    for warning in warnings:
        say(f"{paint('warning:', 'yellow', sys.stderr)} {problem_line(warning, source)}")
