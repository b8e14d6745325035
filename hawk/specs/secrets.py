"""Secrets of a job: from files, from the environment and from the config, in this order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path

from hawk.errors import FieldProblem, InvalidConfig, MissingSecrets
from hawk.specs.eval_set import EvalSetSpec
from hawk.specs.problems import invalid


def collect_secrets(
    spec: EvalSetSpec, files: Sequence[Path], names: Sequence[str], environ: Mapping[str, str]
) -> dict[str, str]:
    """The environment that the job is given: files in order, then ``names``, then ``runner.environment``.

    Empty values of files count as not given. Raises :class:`MissingSecrets` where a name isn't in
    ``environ`` or a secret that the config requires isn't among files and names, and
    :class:`InvalidConfig` where a file can't be read.
    """
    found: dict[str, str] = {}
    for file in files:
        found |= _read(file)
    found |= {name: environ[name] for name in names if environ.get(name)}
    _check(spec, found, [name for name in dict.fromkeys(names) if not environ.get(name)])
    return found | spec.runner.environment


def _check(spec: EvalSetSpec, found: Mapping[str, str], unset: Sequence[str]) -> None:
    problems = [FieldProblem(name, "is not set or empty in the environment") for name in unset]
    for secret in spec.required_secrets():
        if secret.name not in found and secret.name not in unset:
            purpose = f" ({' '.join(secret.description.split())})" if secret.description else ""
            problems.append(FieldProblem(secret.name, f"is required by the config{purpose}"))
    if problems:
        raise _missing(problems, spec.runner.environment, unset)


def _missing(
    problems: Sequence[FieldProblem], environment: Mapping[str, str], unset: Sequence[str]
) -> MissingSecrets:
    listed = "; ".join(f"{problem.path} {problem.message}" for problem in problems)
    flags = " ".join(f"--secret {problem.path}" for problem in problems)
    fix = f"Set them and give {flags}, or --secrets-file path/to/.env."
    if unset:
        fix += " An empty value belongs in `runner.environment`."
    inline = [problem.path for problem in problems if problem.path in environment]
    if inline:
        fix += f" `runner.environment` has {', '.join(inline)}, but a secret doesn't belong in a config."
    return MissingSecrets(f"Missing secrets: {listed}.", tuple(problems), fix)


def _read(file: Path) -> dict[str, str]:
    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

    text = _text(file)  # read once: it may be a pipe
    wrong = [binding.original.line for binding in parse_stream(StringIO(text)) if binding.error]
    if wrong:
        message = "expected NAME=VALUE, found something else"
        raise invalid(str(file), [FieldProblem("", message, line) for line in wrong])
    return {name: value for name, value in dotenv_values(stream=StringIO(text)).items() if value}


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidConfig(f"The secrets file {file} is not UTF-8 text.") from error
    except OSError as error:
        raise InvalidConfig(f"The secrets file {file} can't be read: {error.strerror}.") from error
