"""What the samples of a log look like."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """One log: how many samples, and of each its turns with a tool, scorers and notes in its events.

    ``chars`` is the mean length of a message. All epochs of a sample are alike.
    """

    samples: int
    turns: int
    scorers: int
    notes: int
    chars: int
    epochs: int = 1

    @property
    def messages(self) -> int:
        """Messages of a sample."""
        return 2 * self.turns + 3

    @property
    def events(self) -> int:
        """Events of a sample."""
        return 4 * self.turns + 3 * self.scorers + self.notes + 11


SHAPES = {
    "many": Shape(samples=2_000, turns=1, scorers=2, notes=2, chars=1_200),
    "few": Shape(samples=60, turns=50, scorers=1, notes=5, chars=1_240),
    "huge": Shape(samples=125, turns=50, scorers=1, notes=5, chars=50_000),
    "tiny": Shape(samples=1_000, turns=0, scorers=1, notes=0, chars=60, epochs=100),
    "smoke": Shape(samples=30, turns=2, scorers=1, notes=1, chars=300),
}
