"""Measures one thing in a process of its own: ``python -m benchmarks.once read|import|grow …``."""

from __future__ import annotations

import asyncio
import json
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import ROOT

if TYPE_CHECKING:
    from hawk.backends.storage.store import Storage
    from hawk.warehouse.engine import Database

_RUNS = 9


@dataclass(frozen=True)
class Measured:
    """Wall and CPU seconds of the work without its imports, and the process's peak of memory in bytes."""

    seconds: float
    cpu: float
    peak: int


@dataclass(frozen=True)
class Growth:
    """Wall seconds: of the first import, of one after a growth, of one of nothing new, of a listing."""

    first: float
    grown: float
    unchanged: float
    listing: float


def read(folder: Path, *, spared: bool = False) -> Measured:
    """Read a log by Inspect's own means; ``spared`` what Python up to 3.12 adds to it for each sample.

    There, asyncio's look at the handler of SIGINT makes a text of the whole sample and throws it away
    (``signal._int_to_enum``; 3.13 doesn't). Where SIGINT is ignored it doesn't look.
    """
    return Measured(**_elsewhere("read-spared" if spared else "read", folder))


def import_logs(url: str, folder: Path) -> Measured:
    """Import a folder of logs into a database."""
    return Measured(**_elsewhere("import", url, folder))


def grow(url: str, evals: Path, before: Path, after: Path) -> Growth:
    """Import a log of ``before``, then once more as it is ``after``, and then unchanged."""
    return Growth(**_elsewhere("grow", url, evals, before, after))


def _elsewhere(*arguments: object) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.once", *map(str, arguments)]
    done = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def _read(on_interrupt: Any, folder: str) -> Measured:
    from inspect_ai.log import read_eval_log_samples

    signal.signal(signal.SIGINT, on_interrupt)  # A shell's background jobs ignore it.

    def work() -> None:
        for log in Path(folder).glob("*/*.eval"):
            for _ in read_eval_log_samples(str(log), all_samples_required=False):
                pass

    return _measured(work)


def _import(url: str, folder: str) -> Measured:
    async def work(db: Database, evals: Storage) -> Measured:
        from hawk.importers.sync import sync

        before = time.perf_counter(), time.process_time()
        report = await sync(db, evals)
        after = time.perf_counter(), time.process_time()
        assert (report.imported, report.failed, report.pending) == (1, 0, 0), report
        return Measured(after[0] - before[0], after[1] - before[1], _peak())

    return asyncio.run(_with_database(url, folder, work))


def _grow(url: str, folder: str, before: str, after: str) -> Growth:
    async def work(db: Database, evals: Storage) -> Growth:
        from hawk.importers.sync import sync

        first = await _timed(lambda: sync(db, evals))
        shutil.copytree(after, folder, dirs_exist_ok=True)
        grown = await _timed(lambda: sync(db, evals))
        unchanged = [await _timed(lambda: sync(db, evals)) for _ in range(_RUNS)]
        listing = [await _timed(evals.list) for _ in range(_RUNS)]
        return Growth(first, grown, statistics.median(unchanged), statistics.median(listing))

    shutil.copytree(before, folder)
    return asyncio.run(_with_database(url, folder, work))


async def _with_database(
    url: str, folder: str, work: Callable[[Database, Storage], Coroutine[Any, Any, Any]]
) -> Any:
    from hawk.backends.storage.store import Storage
    from hawk.warehouse.engine import Database

    db = await Database.open(url)
    try:
        return await work(db, Storage(Path(folder).absolute().as_uri()))
    finally:
        await db.close()


async def _timed(work: Callable[[], Coroutine[Any, Any, object]]) -> float:
    started = time.perf_counter()
    await work()
    return time.perf_counter() - started


def _measured(work: Callable[[], None]) -> Measured:
    seconds, cpu = time.perf_counter(), time.process_time()
    work()
    return Measured(time.perf_counter() - seconds, time.process_time() - cpu, _peak())


def _peak() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    calls = {
        "read": partial(_read, signal.default_int_handler),
        "read-spared": partial(_read, signal.SIG_IGN),
        "import": _import,
        "grow": _grow,
    }
    call = calls[sys.argv[1]]
    print(json.dumps(asdict(call(*sys.argv[2:]))))
