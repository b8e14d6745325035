"""What a scripted model says."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from hawk_examples.sums import result_of, sum_in


@dataclass(frozen=True)
class Script:
    """The script of one model. The same question gets the same answer, in every process."""

    name: str
    accuracy: float

    def answer(self, question: str) -> str:
        """The result of the sum in a question, or one beside it; without a sum what it was told to say."""
        result = result_of(question)
        if result is None:
            return question.removeprefix("Say: ")
        return str(result if self._knows(question) else result + 1)

    def expression(self, question: str) -> str:
        """What to type into the calculator."""
        return sum_in(question) or question

    def _knows(self, question: str) -> bool:
        digest = hashlib.sha256(f"{self.name} {question}".encode()).digest()
        return int.from_bytes(digest[:4], "big") < self.accuracy * 2**32
