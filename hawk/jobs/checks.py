"""What a submission must satisfy before anything of it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hawk.backends.execution.protocol import ExecutionBackend
from hawk.errors import MissingSecrets, Unsupported
from hawk.jobs.types import Submission
from hawk.specs.eval_set import EvalSetSpec
from hawk.specs.load import decode_spec
from hawk.specs.plan import JobKind


def decoded(spec: dict[str, Any], kind: JobKind) -> EvalSetSpec:
    """The config as its struct. Raises InvalidConfig with every fault."""
    if kind != "eval-set":
        raise Unsupported(f"This Hawk can't run a {kind}.", fix="Submit an eval set.")
    return decode_spec(spec, kind).spec


def check_request(submission: Submission, backend: ExecutionBackend) -> None:
    """Refuse what was asked for by name and can't be had on this backend."""
    if submission.image_tag is not None and not backend.capabilities.images:
        raise Unsupported(
            f"--image-tag: the {backend.name} backend runs no images.",
            fix="Leave it out, or choose a backend that runs containers with --backend.",
        )


def check_secrets(spec: EvalSetSpec, given: Mapping[str, str]) -> None:
    """Refuse a launch whose declared secrets are not all there (an empty one is not there)."""
    environment = spec.runner.environment
    missing = [
        s.name for s in spec.required_secrets() if not given.get(s.name) and not environment.get(s.name)
    ]
    if missing:
        flags = " ".join(f"--secret {name}" for name in missing)
        raise MissingSecrets(
            f"The config declares secrets that were not given: {', '.join(missing)}.",
            fix=f"Export them and add {flags}, or put them in a file for --secrets-file.",
        )
