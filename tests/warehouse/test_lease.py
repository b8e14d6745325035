"""Leases: at most one holder at a time, whoever asks, and nobody for longer than was said."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hawk.clock import utc_now
from hawk.warehouse import lease
from hawk.warehouse.engine import Database
from hawk.warehouse.lease import Lease

NAMES, HOLDERS = st.sampled_from(["a", "b"]), st.sampled_from(["x", "y", "z"])
SECONDS = st.integers(1, 30)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


async def held(db: Database, one: Lease | None) -> bool:
    if one is None:
        return False
    async with db.write() as conn:
        return await lease.still_holds(conn, one)


async def test_one_at_a_time(db: Database) -> None:
    mine = await lease.take(db, "log", "me", 60)
    assert mine is not None
    assert await lease.take(db, "log", "you", 60) is None
    assert await lease.take(db, "log", "me", 60) is None
    assert await lease.take(db, "other", "you", 60)
    assert await held(db, mine)
    assert await lease.renew(db, mine, 60)
    assert not await lease.renew(db, Lease("log", "you"), 60)
    await lease.release(db, Lease("log", "you"))
    assert await held(db, mine)
    await lease.release(db, mine)
    assert not await held(db, mine)
    assert await lease.take(db, "log", "you", 60)


async def test_one_that_ran_out_is_anybodys(db: Database) -> None:
    mine = await lease.take(db, "log", "me", 0)
    assert mine is not None
    assert not await held(db, mine)
    assert not await lease.renew(db, mine, 60)
    yours = await lease.take(db, "log", "you", 60)
    await lease.release(db, mine)
    assert await held(db, yours)


async def test_a_fault_of_a_renewal_is_not_the_works(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async def renew(*_: object) -> bool:
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(lease, "renew", renew)
    async with lease.holding(db, "log", "me", 0.3) as mine:
        assert mine is not None
        await asyncio.sleep(0.2)
    assert await lease.take(db, "log", "you", 60), "it was given back"


async def test_old_ones_are_removed(db: Database) -> None:
    await lease.take(db, "old", "me", -100)
    await lease.take(db, "new", "me", 60)
    assert await lease.remove_old(db, 1000) == 0
    assert await lease.remove_old(db, 50) == 1
    assert await lease.take(db, "new", "you", 60) is None


class Clock:
    now = utc_now()


class Leases(RuleBasedStateMachine):
    """Holders take, renew and give back while time passes; a dictionary says what must come of it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(lease, "utc_now", lambda: Clock.now)
        self.runner = asyncio.Runner()
        self.db = self.run(Database.open(f"sqlite:///{Path(self.folder.name) / 'hawk.db'}"))
        self.model: dict[str, tuple[str, datetime]] = {}

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def holder(self, name: str) -> str | None:
        holder, until = self.model.get(name, ("", Clock.now))
        return holder if until > Clock.now else None

    @rule(name=NAMES, holder=HOLDERS, seconds=SECONDS)
    def take(self, name: str, holder: str, seconds: int) -> None:
        taken = self.run(lease.take(self.db, name, holder, seconds))
        assert (taken is not None) == (self.holder(name) is None)
        if taken:
            self.model[name] = (holder, Clock.now + timedelta(seconds=seconds))

    @rule(name=NAMES, holder=HOLDERS, seconds=SECONDS)
    def renew(self, name: str, holder: str, seconds: int) -> None:
        renewed = self.run(lease.renew(self.db, Lease(name, holder), seconds))
        assert renewed == (self.holder(name) == holder)
        if renewed:
            self.model[name] = (holder, Clock.now + timedelta(seconds=seconds))

    @rule(name=NAMES, holder=HOLDERS)
    def release(self, name: str, holder: str) -> None:
        self.run(lease.release(self.db, Lease(name, holder)))
        if self.holder(name) == holder:
            del self.model[name]

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        Clock.now += timedelta(seconds=seconds)

    @rule(seconds=SECONDS)
    def remove_old(self, seconds: int) -> None:
        self.run(lease.remove_old(self.db, seconds))

    @invariant()
    def nobody_holds_what_another_does(self) -> None:
        for name in ("a", "b"):
            holding = [who for who in "xyz" if self.run(held(self.db, Lease(name, who)))]
            assert holding == [who for who in [self.holder(name)] if who]

    def teardown(self) -> None:
        self.run(self.db.close())
        self.runner.close()
        self.patch.undo()
        self.folder.cleanup()


TestLeases = Leases.TestCase
TestLeases.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)

RACER = """
import asyncio, sys
from hawk.warehouse import lease
from hawk.warehouse.engine import Database

async def main():
    db = await Database.open(sys.argv[1])
    won = []
    for number in range(60):
        if await lease.take(db, f"log {number}", sys.argv[2], 600):
            won.append(number)
    await db.close()
    print(*won)

asyncio.run(main())
"""


def test_processes_that_race_get_each_piece_once(database_url: str) -> None:
    racers = [
        subprocess.Popen([sys.executable, "-c", RACER, database_url, name], stdout=subprocess.PIPE, text=True)
        for name in ("one", "two", "three")
    ]
    won = [number for racer in racers for number in racer.communicate(timeout=120)[0].split()]
    assert [racer.returncode for racer in racers] == [0, 0, 0]
    assert sorted(map(int, won)) == list(range(60))
