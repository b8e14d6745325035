"""The control channel over HTTP: a thread tells Hawk's server how the run stands, and hears what is wanted.

A server that is away costs reports and nothing else. Only its own word ends an attempt.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import msgspec

from hawk.runner.launch import Attempt
from hawk.runner.server_connection import Refused, ServerConnection, Unreachable
from hawk.specs.control import Desired, Heartbeat, HeartbeatReply, Outcome, Progress

_FIRST_INTERVAL, _LONGEST_PAUSE, _LAST_WORDS = 2.0, 15.0, 20.0
"""Seconds: until a server has said how often; between tries; how long the outcome is offered to it."""

_WORTH_A_LINE = 3
"""Failures in a row before the job's log says so."""


class Heartbeats(threading.Thread):
    """Runs until :meth:`close`. ``ended`` is called where the server says that this attempt is over.

    It begins with ``token``, the launch's own, and goes on with what it gets for it.
    """

    def __init__(
        self,
        attempt: Attempt,
        url: str,
        token: str,
        *,
        progress: Callable[[], Progress],
        ended: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        super().__init__(name="hawk-heartbeats", daemon=True)
        self._attempt, self._progress, self._ended, self._say = attempt, progress, ended, say
        self._server = ServerConnection(url)
        self._path = f"/api/runner/{attempt.plan.job_id}/heartbeat"
        self._launch_token = self._token = token
        self._seq = time.time_ns() // 1_000_000  # Beyond that of any process before in this attempt.
        self._interval, self._failures = _FIRST_INTERVAL, 0
        self._is_understood = True
        self._desired: Desired | None = None
        self._wake, self._closed = threading.Event(), threading.Event()

    def desired(self) -> Desired | None:
        """What the server said last; None where it said nothing yet."""
        return self._desired

    def hurry(self) -> None:
        """Something is worth telling at once."""
        self._wake.set()

    def run(self) -> None:
        """Beat until closed."""
        while not self._closed.is_set():
            self._wake.clear()
            self._beat()
            self._wake.wait(self._pause())

    def close(self, outcome: Outcome | None) -> None:
        """End, with the attempt's own word on its end, if the server hears it in time."""
        self._closed.set()
        self._wake.set()
        if self.is_alive() and threading.current_thread() is not self:
            self.join(_LAST_WORDS)
        until = time.monotonic() + _LAST_WORDS
        while not self._beat(outcome) and time.monotonic() < until:
            time.sleep(min(self._pause(), 1.0))
        self._server.close()

    def _beat(self, outcome: Outcome | None = None) -> bool:
        """Tell once. Returns whether the server has heard it."""
        self._seq += 1
        progress = self._progress() if self._is_understood else None
        beat = Heartbeat(attempt=self._attempt.number, seq=self._seq, progress=progress, outcome=outcome)
        try:
            answer = self._server.post(self._path, msgspec.json.encode(beat), self._token)
        except Unreachable as problem:
            self._fail(str(problem))
        except Refused as refusal:
            self._mend(refusal.status)
            self._fail(f"it answers {refusal.status}")
        else:
            self._hear(answer)
            return True
        return False

    def _hear(self, answer: bytes) -> None:
        if self._failures >= _WORTH_A_LINE:
            self._say("Hawk's server answers again.")
        self._failures = 0
        reply = _decoded(answer)
        if reply is None:
            return
        if reply.ended and not self._closed.is_set():
            self._ended()
        self._token = reply.token or self._token
        self._interval = max(reply.interval, 1.0)
        if isinstance(reply, HeartbeatReply) and reply.desired.launch == self._attempt.plan.launch:
            self._desired = reply.desired

    def _mend(self, status: int) -> None:
        """What a refusal says of the next try."""
        if status == 401:
            self._token = self._launch_token  # The server was away for longer than a token lives.
        elif status in {400, 413, 422}:
            self._is_understood = False  # It is older than this runner: that it lives is understood.

    def _fail(self, problem: str) -> None:
        self._failures += 1
        if self._failures == _WORTH_A_LINE:
            self._say(f"Hawk's server can't be told how the run stands ({problem}). The run goes on.")

    def _pause(self) -> float:
        if not self._failures:
            return self._interval
        pause = min(0.5 * 2.0 ** min(self._failures, 10), _LONGEST_PAUSE)
        return pause * random.uniform(0.5, 1.0)  # noqa: S311 - so that not all come back at once


class _Rough(msgspec.Struct, frozen=True):
    """What every server's reply has, whatever else a newer one wants."""

    ended: bool = False
    interval: float = 10.0
    token: str | None = None


def _decoded(answer: bytes) -> HeartbeatReply | _Rough | None:
    for kind in (HeartbeatReply, _Rough):
        try:
            return msgspec.json.decode(answer, type=kind)
        except msgspec.DecodeError:
            continue
    return None
