"""What one attempt of a launch is about: its plan, its number, its folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from hawk.errors import InvalidConfig
from hawk.runner.files import replace
from hawk.specs.control import Desired, Outcome, Progress
from hawk.specs.plan import RunPlan


@dataclass(frozen=True)
class Attempt:
    """One attempt. ``halvings``: how often half of the samples at once turned out to be too many."""

    folder: Path
    number: int
    plan: RunPlan
    halvings: int = 0

    @classmethod
    def read(cls, folder: Path, number: int, halvings: int = 0) -> Attempt:
        """The attempt that ``plan.json`` in the job's folder describes."""
        try:
            plan = msgspec.json.decode((folder / "plan.json").read_bytes(), type=RunPlan)
        except (OSError, msgspec.DecodeError) as error:
            raise InvalidConfig(f"The plan in {folder} can't be read: {error}.") from error
        return cls(folder, number, plan, halvings)

    def desired(self) -> Desired | None:
        """What is wanted of this launch; None where nobody has said anything that can be understood."""
        try:
            desired = msgspec.json.decode((self.folder / "desired.json").read_bytes(), type=Desired)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
        return desired if desired.launch == self.plan.launch else None

    def report(self, progress: Progress) -> None:
        """Replace ``progress.json``."""
        replace(self.folder / "progress.json", progress)

    def conclude(self, exit_code: int, reason: str | None, *, stopped: bool = False) -> Outcome:
        """Leave ``outcome.json``: the attempt's own word on its end."""
        outcome = self.outcome(exit_code, reason, stopped=stopped)
        replace(self.folder / "outcome.json", outcome)
        return outcome

    def outcome(self, exit_code: int, reason: str | None, *, stopped: bool = False) -> Outcome:
        """The attempt's own word on its end."""
        return Outcome(self.plan.launch, self.number, exit_code, reason, stopped)
