"""Sums in words, and the numbers in them: the little world that the example tasks are about."""

from __future__ import annotations

import random
import re

from inspect_ai.dataset import MemoryDataset, Sample

_SUM = re.compile(r"(-?\d+) ([+*-]) (-?\d+)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def sums(count: int, seed: int = 0) -> MemoryDataset:
    """``count`` questions, always the same ones for a seed, with the ids ``sum-1``, ``sum-2`` and so on."""
    chance = random.Random(seed)  # noqa: S311 - a dataset, not a secret
    samples = [_sample(number, chance) for number in range(1, count + 1)]
    return MemoryDataset(samples, name="sums")


def result_of(text: str) -> int | None:
    """The result of the last sum in a text, None where there is none."""
    found = _SUM.findall(text)
    if not found:
        return None
    left, operator, right = found[-1]
    a, b = int(left), int(right)
    return {"+": a + b, "-": a - b, "*": a * b}[operator]


def sum_in(text: str) -> str | None:
    """The last sum in a text as it is written there."""
    found = _SUM.findall(text)
    return " ".join(found[-1]) if found else None


def number_in(text: str) -> float | None:
    """The last number in a text."""
    found = _NUMBER.findall(text)
    return float(found[-1]) if found else None


def _sample(number: int, chance: random.Random) -> Sample:
    question = f"{chance.randint(1, 99)} {chance.choice('+-*')} {chance.randint(1, 99)}"
    return Sample(
        id=f"sum-{number}",
        input=f"What is {question}? Answer with the number alone.",
        target=str(result_of(question)),
        metadata={"operator": question.split()[1]},
    )
