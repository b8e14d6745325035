"""Text as transcripts have it: source code and prose, out of Python's own standard library."""

from __future__ import annotations

import functools
import random
import sysconfig
from pathlib import Path

_CORPUS_CHARS = 16_000_000
_MARK_CHARS = 17


class Text:
    """Pieces of text, the same for a seed. No two are alike: each ends with a mark of its own."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def piece(self, chars: int) -> str:
        """Lines of one place of the corpus, cut to a length of at least 17, the mark included."""
        corpus = _corpus()
        at = self.random.randrange(len(corpus) - chars - 1_000)
        start = corpus.find("\n", at) + 1
        return f"{corpus[start : start + chars - _MARK_CHARS]} {self.id()}"

    def about(self, chars: int) -> str:
        """A piece of a length spread as transcripts' are: many short ones, few long ones."""
        return self.piece(max(_MARK_CHARS, int(chars * self.random.triangular(0.2, 2.2, 0.6))))

    def id(self) -> str:
        """16 hexadecimal digits."""
        return f"{self.random.getrandbits(64):016x}"


@functools.cache
def _corpus() -> str:
    library = Path(sysconfig.get_paths()["stdlib"])
    files = sorted(path for path in library.rglob("*.py") if "site-packages" not in path.parts)
    random.Random(0).shuffle(files)
    parts: list[str] = []
    size = 0
    for path in files:
        parts.append(path.read_text(errors="ignore").replace("\0", ""))
        size += len(parts[-1])
        if size > _CORPUS_CHARS:
            break
    return "\n".join(parts)
