"""The options of every command that starts a launch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from hawk.cli.options import Json, Secrets, SecretsFiles
from hawk.errors import UsageFault

Overrides = Annotated[
    list[str] | None, Parameter(name="--set", help="Set a value of the config: tasks[0].items[0].args.n=3.")
]
SkipConfirm = Annotated[bool, Parameter(help="Don't ask about keys that aren't known.")]
Yes = Annotated[bool, Parameter(alias="-y", help="Don't ask before sending secrets to a new server.")]
Detach = Annotated[bool, Parameter(help="Leave it to itself once it is started.")]
Watch = Annotated[bool, Parameter(help="Show its progress as a live table.")]
DirtyFolder = Annotated[bool, Parameter(help="Accept unrelated logs in the folder of logs.")]
SkipValidation = Annotated[bool, Parameter(help="Don't resolve the packages before it is submitted.")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class LaunchOptions:
    """What a launch of a job, new or not, can be told."""

    secrets: Secrets = None
    secrets_files: SecretsFiles = None
    overrides: Overrides = None
    skip_confirm: SkipConfirm = False
    skip_dependency_validation: SkipValidation = False
    yes: Yes = False
    detach: Detach = False
    watch: Watch = False
    json: Json = False

    def check(self) -> None:
        """Raises UsageFault for options that contradict each other."""
        if self.detach and self.watch:
            raise UsageFault("--detach and --watch can't be combined.", fix="Choose one of them.")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class SubmitOptions(LaunchOptions):
    """What a new job can be told."""

    log_dir_allow_dirty: DirtyFolder = False
    image_tag: Annotated[str | None, Parameter(help="The tag of the runner's image.")] = None
    priority: Annotated[int, Parameter(help="Jobs with a higher one start first (0).")] = 0
    dry_run: Annotated[bool, Parameter(help="Check everything, show the plan, start nothing.")] = False
