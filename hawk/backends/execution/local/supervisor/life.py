"""The life of a launch: waiting for a slot, attempts, restarts, a stop, the end."""

from __future__ import annotations

import os
import time
from pathlib import Path

from . import processes, slots, tree
from .attempt import Attempt, Order
from .causes import NEVER_RESTARTED, OUT_OF_MEMORY, cause_of, oom_kills
from .channel import Channel
from .journal import Journal
from .loop import Loop
from .masking import Mask
from .order import LaunchOrder
from .output import OutputLog
from .pseudoterminal import PseudoTerminal
from .record import record_launch
from .stopping import Stopping
from .verdict import End, Verdict, judge, pause_before

POLL = 0.25
_LEFTOVER_GRACE = 0.5
_LAST_WORDS = 40
"""Lines of a terminal that go to the log when a runner crashed: its traceback went nowhere else."""


class Life:
    """One launch, from its record on. Raises ``OSError`` where it can't be recorded."""

    def __init__(self, folder: Path, order: LaunchOrder) -> None:
        processes.adopt_orphans()
        self._folder, self._order = folder, order
        self._loop = Loop()
        self._channel = Channel(folder, order.launch)
        self._journal = Journal(folder, order.launch)
        self._log = OutputLog(folder, Mask(order.secrets.values()))
        self._mark = tree.mark_of(folder, order.installation, order.launch)
        self._line = None if order.held else self._stand_in_line()
        self._terminal = PseudoTerminal(self._loop, *order.terminal) if order.terminal else None
        self._stopping = Stopping(order.stop_grace, order.stop_cap)
        self._slot: int | None = None
        self._said: str | None = None
        record_launch(self._journal, self._mark, held=order.held)

    def run(self) -> None:
        """Supervise until the launch has ended and its end is recorded."""
        if not (self._wait_for_word() and self._wait_for_slot()):
            self._finish(Verdict("stopped", "stopped before it started"))
            return
        number, halvings = 1, 0
        while True:
            end = self._attempt(number, halvings)
            verdict = judge(end, stop_asked=self._is_stopping(), max_restarts=self._order.max_restarts)
            if verdict is None and not self._pause(end):
                verdict = Verdict("stopped", f"stopped after attempt {number} ended: {end.cause}")
            if verdict:
                self._finish(verdict)
                return
            number, halvings = number + 1, halvings + (end.cause == OUT_OF_MEMORY)

    def _is_stopping(self) -> bool:
        self._channel.look()
        return self._channel.stop or self._loop.told_to_end

    def _stand_in_line(self) -> slots.WaitingLine:
        order = self._order
        return slots.WaitingLine(self._folder.parent, order.job, order.launch, order.priority)

    def _wait_for_word(self) -> bool:
        """Wait until a held launch may run; False where a stop came first."""
        while not self._is_stopping():
            if not self._order.held or self._channel.may_run:
                return True
            self._turn(POLL)
        return False

    def _wait_for_slot(self) -> bool:
        """Wait for the turn; False where a stop came first."""
        line = self._line or self._stand_in_line()
        try:
            while not self._is_stopping():
                self._slot = line.take(self._order.max_running)
                if self._slot is not None:
                    return True
                self._tell_waiting(line)
                self._turn(POLL)
            return False
        finally:
            line.leave()

    def _tell_waiting(self, line: slots.WaitingLine) -> None:
        most, taken = self._order.max_running, line.taken()
        reason = f"{taken} of {most} running on local; {line.before()} before it"
        if taken >= most and reason != self._said:
            self._record_queued(reason)
            self._said = reason

    def _record_queued(self, reason: str) -> None:
        self._journal.add("queued", reason=reason)
        if self._terminal:
            self._terminal.say(f"Waiting: {reason}.")

    def _turn(self, seconds: float) -> None:
        self._loop.turn(seconds)
        self._journal.flush()

    def _attempt(self, number: int, halvings: int) -> End:
        kills = oom_kills()
        try:
            attempt = self._start(number, halvings)
        except OSError as error:
            return self._record_end(End(number, None, f"the runner can't be started: {error}", {}))
        while attempt.exit_code is None and not self._has_to_end(attempt):
            self._turn(POLL)
        self._end_tree(attempt)
        attempt.close()
        code = attempt.exit_code or 0
        if self._terminal and code not in NEVER_RESTARTED:
            self._log.lines(number, self._terminal.last_lines(_LAST_WORDS))
        cause = cause_of(code, out_of_memory=oom_kills() > kills)
        enforced = self._stopping.reason
        end = End(
            number, code, "ended by the stop" if enforced else cause, self._channel.outcome(number), enforced
        )
        return self._record_end(end)

    def _start(self, number: int, halvings: int) -> Attempt:
        order = Order(self._order.argv, self._environment(), self._order.secrets, self._runner_end())
        attempt = Attempt(self._loop, self._log, self._folder, number, halvings, order)
        process = attempt.process
        self._journal.add("attempt-started", attempt=number, pid=process.pid, start=process.start)
        return attempt

    def _environment(self) -> dict[str, str]:
        name, value = self._mark.split("=", 1)
        return {**os.environ, name: value}

    def _runner_end(self) -> int | None:
        if self._terminal is None:
            return None
        self._terminal.reset()
        return self._terminal.runner_end

    def _has_to_end(self, attempt: Attempt) -> bool:
        if not self._is_stopping():
            return False
        at_once = self._channel.stop_now or self._loop.told_to_end
        progress = self._channel.progress(attempt.number)
        step = self._stopping.step(time.monotonic(), progress, at_once=at_once)
        if step == "terminate":
            attempt.terminate()
        return step == "end"

    def _end_tree(self, attempt: Attempt) -> None:
        """End what the attempt left, the runner too if it is still there."""
        me = processes.find(os.getpid())
        whole = tree.Tree(self._mark, ((me.pid, me.start),) if me else ())
        while True:
            tree.end(whole, grace=_LEFTOVER_GRACE, between=lambda: self._turn(0))
            if attempt.exit_code is not None:
                return

    def _record_end(self, end: End) -> End:
        self._journal.add("attempt-ended", attempt=end.attempt, exit_code=end.exit_code, cause=end.cause)
        return end

    def _pause(self, end: End) -> bool:
        """Say that there is another attempt, and wait a little; False where a stop came."""
        seconds = pause_before(end.attempt + 1)
        text = f"attempt {end.attempt} ended: {end.cause}; attempt {end.attempt + 1} starts in {seconds:g} s"
        self._journal.add("restarting", attempt=end.attempt + 1, reason=text)
        self._log.note(end.attempt, text)
        if self._terminal:
            self._terminal.say(f"hawk: {text}")
        until = time.monotonic() + seconds
        while not self._is_stopping() and (left := until - time.monotonic()) > 0:
            self._turn(min(POLL, left))
        return not self._is_stopping()

    def _finish(self, verdict: Verdict) -> None:
        self._journal.add("finished", state=verdict.state, reason=verdict.reason)
        if self._slot is not None:
            os.close(self._slot)
        while not self._journal.flush():
            self._loop.turn(POLL)  # The disk is full: what happened must not be lost.
        if self._terminal:
            self._terminal.close()
