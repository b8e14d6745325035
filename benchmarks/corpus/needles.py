"""What is hidden in the corpus's messages, and in how many of them."""

from __future__ import annotations

from dataclasses import dataclass

MESSAGES = 1_000_000


@dataclass(frozen=True)
class Needle:
    """A text that every ``every``-th message has, from number ``first`` on."""

    text: str
    every: int
    first: int

    @property
    def hits(self) -> int:
        """How many messages have it."""
        return len(self.messages)

    @property
    def messages(self) -> range:
        """The numbers of the messages that have it."""
        return range(self.first, MESSAGES, self.every)


ONE = Needle("zq-lonely-7c1f", 1_000_000, 654_321)
TEN = Needle("/srv/vault/k9x.pem", 99_991, 4_242)
HUNDRED = Needle("ERR_0x5EED_QUOTA", 9_973, 5_000)
THOUSAND = Needle("rm -rf /mnt/zfs9", 997, 3_500)
PAGES = Needle("exit status 137", 49, 31)
ALL = Needle("[step ", 1, 0)
ABSENT = "jx-nowhere-3b9e"
SHORT = "137"

_PLANTED = (ONE, TEN, HUNDRED, THOUSAND, PAGES)


def planted(message: int) -> str:
    """The end of a message: every needle that it has."""
    found = [needle.text for needle in _PLANTED if message in needle.messages]
    return " ".join([*found, f"[step {message % 97}]"])
