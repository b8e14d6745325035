"""The arguments of a runner, the same for its outer and its inner stage."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import msgspec


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    """How a runner is started.

    ``secrets_fd`` is a pipe with the secrets as one JSON object, ``alive_fd`` one that ends when the
    supervisor dies. ``log_fd`` takes what belongs to the job's log where the standard streams are a
    terminal. ``halvings`` says how often memory ran out: half as many samples at once for each.
    """

    folder: Path
    attempt: int
    secrets_fd: int | None = None
    alive_fd: int | None = None
    log_fd: int | None = None
    halvings: int = 0


def parse(argv: Sequence[str]) -> Arguments:
    """The arguments in ``argv``; ends the process with usage on stderr where they are wrong."""
    parser = argparse.ArgumentParser(prog="hawk.runner", allow_abbrev=False)
    parser.add_argument("folder", type=Path, metavar="JOB_FOLDER")
    parser.add_argument("--attempt", type=int, required=True)
    for name in ("--secrets-fd", "--alive-fd", "--log-fd"):
        parser.add_argument(name, type=int)
    parser.add_argument("--halvings", type=int, default=0)
    return Arguments(**vars(parser.parse_args(argv)))
