"""Lets jobs that wait for a limit go on, as soon as there is room for them.

A job that has to wait is at its backend already, which holds its secrets: it is launched *held*, and is told
to run when its row says that it waits for nothing any more.
"""

from __future__ import annotations

from sqlalchemy.engine import RowMapping

from hawk.backends.execution.protocol import ExecutionBackend
from hawk.errors import Busy
from hawk.jobs import store
from hawk.jobs.limits import Claim, apply_to, decide
from hawk.jobs.records import LaunchRecord
from hawk.settings import LimitSettings
from hawk.warehouse.engine import Database
from hawk.warehouse.turns import take_turn

_TURN = "admission"
FIRST = "Waiting for its turn."


class Admission:
    """The limits of one deployment, whoever asks.

    A command without a server (``embedded``) holds nothing back: nobody may be there to let it go on.
    """

    def __init__(self, db: Database, limits: LimitSettings, *, embedded: bool = False) -> None:
        self._db = db
        self._limits = limits
        self._embedded = embedded

    async def waits_for(self, backend: ExecutionBackend, record: LaunchRecord) -> str | None:
        """What a new launch has to wait for at first: None where no limit counts it.

        Raises Busy where it would have to wait and its backend can't hold it.
        """
        if self._embedded or not apply_to(self._limits, backend.name):
            return None
        if backend.capabilities.holds:
            return FIRST
        claim = Claim("", 0, backend.name, record.owned_by)
        async with self._db.read() as conn:
            decided = decide(self._limits, _claims(await store.running(conn)), [claim])
        if (hindrance := decided[claim]) is not None:
            raise Busy(
                f"There is no room for another job: {hindrance}.",
                fix="Submit it again when one of them has ended.",
            )
        return None

    async def admit(self) -> int:
        """Let those go on for whom there is room; the others' rows say what they wait for.

        Returns how many may go on now.
        """
        async with self._db.read() as conn:
            if not await store.waiting(conn):
                return 0
        async with self._db.write() as conn:
            await take_turn(conn, _TURN)
            waiting = {_claim(row): row["waits_for"] for row in await store.waiting(conn)}
            decided = decide(self._limits, _claims(await store.running(conn)), list(waiting))
            for claim, reason in decided.items():
                if reason != waiting[claim]:
                    await store.set_waiting(conn, claim.job_id, claim.launch, reason)
        return sum(reason is None for reason in decided.values())


def _claim(row: RowMapping) -> Claim:
    return Claim(row["id"], row["launch"], row["backend"], row["owner"])


def _claims(rows: store.Rows) -> list[Claim]:
    return [_claim(row) for row in rows]
