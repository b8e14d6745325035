"""How soon a sample of a running eval set is in the lists of a server, by a worker beside it."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from benchmarks.measure import BIN, ROOT, environment, row, run
from benchmarks.served import Api, api
from hawk.settings import Settings, load_settings, local_folder

_SPEC = ROOT / "examples/slow.eval-set.yaml"
_SAMPLES = 20
_PAUSE = 0.05
_PATIENCE = 120.0


def main(home: Path) -> None:
    """Print the figures of one run of an eval set that takes its time."""
    env = environment(home)
    watch = _Watch(home, load_settings(env))
    with _worker(env):
        run([str(BIN / "hawk"), "eval-set", str(_SPEC), "--detach"], env)
        asyncio.run(watch.follow())
    row("a sample of a running eval set is listed, by `hawk worker`", "median", "longest", "goal")
    row("---", "---", "---", "---")
    seen = watch.seen.items()
    _row("after Inspect wrote it into its log", [when - watch.written[one] for one, when in seen], "≤ 5 s")
    _row("after it was done", [when - watch.completed[one] for one, when in seen], "")


@contextmanager
def _worker(env: Mapping[str, str]) -> Iterator[None]:
    command = [str(BIN / "hawk"), "worker"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=dict(env), stdout=quiet, stderr=quiet) as process:
        try:
            yield
        finally:
            process.terminate()


class _Watch:
    """Notes of each sample when it was done, when its log had it, and when the API showed it."""

    def __init__(self, home: Path, settings: Settings) -> None:
        self._home = home
        self._url = settings.database_url
        self._evals = local_folder(settings.evals_url) or home
        self.completed: dict[str, float] = {}
        self.written: dict[str, float] = {}
        self.seen: dict[str, float] = {}

    async def follow(self) -> None:
        """Look on until all are seen."""
        deadline = time.monotonic() + _PATIENCE
        async with api(self._home, self._url) as server:
            while len(self.seen) < _SAMPLES:
                assert time.monotonic() < deadline, f"only {len(self.seen)} samples were listed"
                self._look_at_logs()
                await self._look_at_list(server)
                await asyncio.sleep(_PAUSE)

    async def _look_at_list(self, server: Api) -> None:
        for sample in (await server.get("/api/samples", {"limit": 500}))["items"]:
            name = f"samples/{sample['sample_id']}_epoch_{sample['epoch']}.json"
            self.completed[name] = datetime.fromisoformat(sample["completed_at"]).timestamp()
            self.seen.setdefault(name, time.time())

    def _look_at_logs(self) -> None:
        for log in self._evals.glob("*/*.eval"):
            written = log.stat().st_mtime
            with zipfile.ZipFile(log) as archive:
                for name in archive.namelist():
                    if name.startswith("samples/"):
                        self.written.setdefault(name, written)


def _row(label: str, seconds: list[float], goal: str) -> None:
    row(label, f"{statistics.median(seconds):.2f} s", f"{max(seconds):.2f} s", goal)
