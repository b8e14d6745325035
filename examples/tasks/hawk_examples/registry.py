"""What Inspect loads by the entry point: importing a name here registers it."""

from hawk_examples.agents import calculating, guessing
from hawk_examples.approvers import cautious
from hawk_examples.models import scripted
from hawk_examples.scorers import closeness, graded
from hawk_examples.solvers import take_time
from hawk_examples.tasks import arithmetic, brittle, calculation, sealed, slow, unloadable

__all__ = [
    "arithmetic",
    "brittle",
    "calculating",
    "calculation",
    "cautious",
    "closeness",
    "graded",
    "guessing",
    "scripted",
    "sealed",
    "slow",
    "take_time",
    "unloadable",
]
