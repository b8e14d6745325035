"""Imports that are killed: ``python -m tests.importers.mortal FOLDER DATABASE SEED KILLS RACES``.

A folder of logs goes from one state to the next, again and again. On each way a process imports and is
killed at a seeded point: after so many calls and lines of the importer and the database's driver, or after
so long; in a race two of them at once, of which some live on. Another process then imports in peace, and what the
warehouse tells must be what it tells of that state after a clean import. Nothing is reset in between, so
that a later import stands on what the dead left behind.

Everything is loaded once, and processes are forked of that before any of them opens a database.
"""

import asyncio
import difflib
import os
import random
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import hawk.warehouse.postgresql.engine
import hawk.warehouse.sqlite  # noqa: F401
from hawk.backends.storage.store import Storage
from hawk.importers.sync import sync
from hawk.warehouse.engine import Database
from tests.importers.house import header, members, sample, write_archive
from tests.importers.told import Told, told

WATCHED = ("/hawk/", "/psycopg/", "/aiosqlite/")
"""Where lines count. Everywhere else only calls do."""

State = dict[str, bytes]
"""Logs by their paths."""

LONG = " ".join(f"word{number}" for number in range(9000))


def states(folder: Path) -> list[State]:
    """Some logs that grow, change, lose samples, move to another task, go and come back."""
    two = sample(2, messages=[{"role": "user", "content": LONG}])
    later = "2026-01-02T00:00:00+00:00"
    retry = header(eval={"eval_id": "e2", "created": later})
    young = {
        "set/1.eval": members(sample(1), two, running=True),
        "set/2.eval": members(sample(1, epoch=2), sample(3), head=retry),
        "set/gone.eval": members(*(sample(number) for number in range(6))),
        "other/1.eval": members(sample("a"), sample("b")) | {"samples/bad_epoch_1.json": b"{"},
    }
    grown = {
        "set/1.eval": members(sample(1), two, sample(3), *(sample(f"n{at}") for at in range(5))),
        "set/2.eval": members(sample(1, completed_at=later), sample(3, completed_at=later), head=retry),
        "other/1.eval": members(sample("a", scores={"m": {"value": "I"}}), sample("bad")),
        "top.eval": members(sample(1), head=header(eval={"eval_set_id": "set", "task_id": "t3"})),
    }
    moved = {
        "set/1.eval": members(sample(1), sample(3), head=header(eval={"task_id": "t2"})),
        "set/2.eval": members(sample(1), sample(3), head=header(eval={"task_id": "t2", "eval_id": "e0"})),
        "other/1.eval": members(sample("b", epoch=2), head=header(status="cancelled")),
    }
    return [
        {name: archive(folder, one) for name, one in state.items()} for state in (young, grown, moved, {})
    ]


def archive(folder: Path, content: dict[str, Any]) -> bytes:
    return write_archive(folder / "new.eval", content).read_bytes()


class Course:
    """The way of one database through the states."""

    def __init__(self, folder: Path, database: str, rng: random.Random) -> None:
        self.evals = folder / "evals"
        self.database = database
        self.rng = rng
        self.states = states(folder)
        place(self.evals, {})
        in_child(lambda: self._import(lambda: None))
        self.wanted = [self._clean(folder / "clean", number) for number in range(len(self.states))]
        self.steps = [self._steps(number) for number in range(len(self.states))]
        self.now = len(self.states) - 1
        self.died = self.survived = 0

    def kill(self, racing: int) -> None:
        """Go on to the next state with so many who may die, then in peace, and compare."""
        self.now = (self.now + 1) % len(self.states)
        place(self.evals, self.states[self.now])
        deaths = [self._death(0.4 if racing > 1 else 0.0) for _ in range(racing)]
        ends = [forked(partial(self._import, death)) for death in deaths]
        for child in ends:
            code = ended(child)
            assert code in {0, -signal.SIGKILL, -signal.SIGALRM}, f"an import ended with {code}"
            self.died += code != 0
            self.survived += code == 0
        self.compare()

    def compare(self) -> None:
        """Import in peace. Two calls of it at once would be no peace."""
        found = in_child(lambda: self._import(lambda: None, tell=True))
        wanted = self.wanted[self.now]
        if found != wanted:
            lines = difflib.unified_diff(wanted.splitlines(), found.splitlines(), "clean", "found", n=0)
            raise AssertionError("\n".join([f"state {self.now} is not as after a clean import:", *lines]))

    def _clean(self, folder: Path, number: int) -> str:
        """What a clean import of a state tells, always of a SQLite: rows are the same everywhere."""
        place(folder / f"evals{number}", self.states[number])
        database = f"sqlite:///{folder / f'{number}.db'}"
        return in_child(lambda: run(database, folder / f"evals{number}", tell=True))

    def _steps(self, number: int) -> int:
        """How many points an import has that comes from the state before."""
        place(self.evals, self.states[number])
        return int(in_child(self._counted))

    def _counted(self) -> str:
        counter = Countdown(0)
        counter.start()
        run(self.database, self.evals)
        return str(-counter.left)

    def _death(self, spared: float) -> Callable[[], None]:
        """How the next one dies: mostly at a point of the program, at times at a point in time."""
        if self.rng.random() < spared:
            return lambda: None
        if self.rng.random() < 0.2:
            seconds = self.rng.uniform(0.01, 0.4)
            return lambda: signal.setitimer(signal.ITIMER_REAL, seconds) and None
        point = self.rng.randint(1, self.steps[self.now])
        return lambda: Countdown(point).start()

    def _import(self, deadly: Callable[[], None], *, tell: bool = False) -> str:
        deadly()
        return run(self.database, self.evals, tell=tell)


class Countdown:
    """Kills this process after so many points in all of its threads."""

    def __init__(self, left: int) -> None:
        self.left = left

    def start(self) -> None:
        threading.settrace(self.count)
        sys.settrace(self.count)

    def count(self, frame: FrameType, event: str, _: object) -> Any:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        if event != "call":
            return self.count
        return self.count if any(part in frame.f_code.co_filename for part in WATCHED) else None


def run(database: str, evals: Path, *, tell: bool = False) -> str:
    """Import, and return what the warehouse tells then, a row a line."""

    async def main() -> Told:
        db = await Database.open(database)
        try:
            await sync(db, Storage(evals.as_uri()))
            return await told(db) if tell else {}
        finally:
            await db.close()

    found = asyncio.run(main())
    return "\n".join(f"{table}: {row}" for table, rows in sorted(found.items()) for row in rows)


def place(evals: Path, state: State) -> None:
    """Make a folder have exactly these logs. Those that are as they were are not touched."""
    evals.mkdir(parents=True, exist_ok=True)
    for path in evals.rglob("*.eval"):
        if str(path.relative_to(evals)) not in state:
            path.unlink()
    for name, content in state.items():
        target, new = evals / name, evals.parent / "new.eval"
        target.parent.mkdir(exist_ok=True)
        if not target.exists() or target.read_bytes() != content:
            new.write_bytes(content)
            new.replace(target)


def forked(work: Callable[[], object]) -> int:
    """Do something in a process of its own. Returns its number."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    finally:
        sys.settrace(None)
        sys.excepthook(*sys.exc_info()) if code else None  # pyright: ignore[reportArgumentType]
        os._exit(code)


def in_child(work: Callable[[], str]) -> str:
    """What something in a process of its own returns."""
    reading, writing = os.pipe()
    child = forked(lambda: Path(f"/dev/fd/{writing}").write_text(work()))
    os.close(writing)
    with os.fdopen(reading) as pipe:
        found = pipe.read()
    assert ended(child) == 0
    return found


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(folder: Path, database: str, seed: int, kills: int, races: int) -> None:
    course = Course(folder, database, random.Random(seed))
    while course.died < kills:
        course.kill(1)
    for _ in range(races):
        course.kill(2)
    sys.stdout.write(f"{course.died} died, {course.survived} lived on\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:6]))
