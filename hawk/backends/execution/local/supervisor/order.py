"""The message that starts a supervisor: the only thing it is told, and the only place of the secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class LaunchOrder:
    """One launch. ``plan`` is written down as it is, ``secrets`` never; the rest is as in the settings."""

    plan: dict[str, Any]
    argv: list[str]
    max_running: int
    stop_grace: float
    stop_cap: float
    secrets: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    terminal: tuple[int, int] | None = None
    held: bool = False

    @classmethod
    def of(cls, message: dict[str, Any]) -> LaunchOrder:
        """The order in a message. Raises ``KeyError`` or ``TypeError`` where something is missing."""
        order = cls(**message)
        _ = order.job, order.launch, order.installation
        return order

    @property
    def job(self) -> str:
        """The job's id."""
        return self.plan["job_id"]

    @property
    def launch(self) -> int:
        """The number of the launch."""
        return self.plan["launch"]

    @property
    def installation(self) -> str:
        """The id of the installation that the job belongs to."""
        return self.plan["installation"]

    @property
    def max_restarts(self) -> int:
        """How many attempts there may be after the first."""
        return self.plan["max_restarts"]

    @property
    def priority(self) -> int:
        """Which of those who wait goes first: the higher."""
        return self.plan["priority"]
