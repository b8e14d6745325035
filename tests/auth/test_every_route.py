"""Every route, asked by every kind of caller: the answer is the one that its declared permission means."""

from __future__ import annotations
