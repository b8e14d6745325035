"""Times and durations as people read them; always UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(time: datetime | None) -> str:
    """``2026-11-24 10:00:00Z``, or ``-``."""
    return "-" if time is None else time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def duration(seconds: float) -> str:
    """``8s``, ``3m 05s``, ``2h 04m``, ``3d 02h``."""
    whole = max(int(seconds), 0)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02}s"
    if whole < 86_400:
        return f"{whole // 3600}h {whole % 3600 // 60:02}m"
    return f"{whole // 86_400}d {whole % 86_400 // 3600:02}h"


def short_duration(seconds: float | None) -> str:
    """``0.35s``, ``12.3s``, then as :func:`duration`; ``-`` where it isn't known."""
    if seconds is None:
        return "-"
    if seconds >= 60:
        return duration(seconds)
    return f"{seconds:.1f}s" if seconds >= 10 else f"{seconds:.2f}s"


def since(time: datetime | None) -> str:
    """How long ago a time was."""
    return "-" if time is None else duration((datetime.now(UTC) - time).total_seconds())
