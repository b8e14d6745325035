"""What the server's process is, and what it costs."""

from __future__ import annotations

import os
import platform
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from hawk import __version__
from hawk.server.metrics.text import Family, Sample

_STARTED = time.time()
_STATM = Path("/proc/self/statm")


def process_families() -> Iterator[Family]:
    """What there is to scrape, in the words of Prometheus's own libraries."""
    labels = {"version": __version__, "python": platform.python_version()}
    yield Family("hawk_build_info", "gauge", "What runs.", [Sample(1, labels)])
    yield Family(
        "process_start_time_seconds", "gauge", "When the process began, since 1970.", [Sample(_STARTED)]
    )
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu = usage.ru_utime + usage.ru_stime
    yield Family("process_cpu_seconds_total", "counter", "CPU time of the process.", [Sample(cpu)])
    yield Family(
        "process_resident_memory_bytes",
        "gauge",
        "Resident memory of the process.",
        [Sample(_resident(usage))],
    )


def _resident(usage: resource.struct_rusage) -> int:
    """Bytes just now; where the system doesn't tell, the most that there ever were."""
    try:
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
