"""The inner stage of a job's runner, in the job's own environment: ``python -m hawk.runner.inside FOLDER …``.

Exit codes: 0 all evals succeeded; 1 some ended in error, or a stop cut the run short; 78 the config or
its packages can never work; anything else is a crash.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from hawk.errors import InvalidConfig
from hawk.runner import garbage
from hawk.runner.channel import Channel
from hawk.runner.console import Console
from hawk.runner.family import die_with, end_at_once, keep_from_children, leave_within
from hawk.runner.heartbeats import Heartbeats
from hawk.runner.launch import Attempt
from hawk.runner.report import Report
from hawk.runner.secrets import Mask, apply_environment, read_secrets
from hawk.runner.signals import TakeBack, foreground_signals, job_signals
from hawk.runner.stopping import Stopping
from hawk.runner.tally import Tally
from hawk.specs.load import decode_spec
from hawk.specs.plan import EXIT_NEVER_WORKS, EXIT_SOME_FAILED, EXIT_SUCCEEDED, JOB_TOKEN

EXIT_SECONDS = 5.0
"""How long threads that the user's code left behind may hold up the end of the process."""

EXIT_CRASHED = 70
"""An exception that nobody expected: the next attempt goes on from the logs."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one attempt as the job's supervisor asks for it."""
    args = _parse(argv)
    if args.alive_fd is not None:
        die_with(args.alive_fd)
    if args.log_fd is not None:
        keep_from_children(args.log_fd)
    secrets = read_secrets(args.secrets_fd) if args.secrets_fd is not None else {}
    code = run(args.folder, args.attempt, secrets, log_fd=args.log_fd, halvings=args.halvings, job=True)
    leave_within(EXIT_SECONDS, code)
    garbage.leave_to_the_end_of_the_process()
    return code


def run(
    folder: Path,
    attempt: int,
    secrets: Mapping[str, str],
    *,
    log_fd: int | None = None,
    halvings: int = 0,
    job: bool = False,
) -> int:
    """Run one attempt in this process, whose environment has the packages; returns the exit code.

    ``job`` False is ``--direct``: the first Ctrl-C stops the run, the second ends it, and a package that
    isn't installed is named with what to type.
    """
    console = Console(Mask(secrets.values()), log_fd)
    token = secrets.get(JOB_TOKEN, "")
    secrets = {name: value for name, value in secrets.items() if name != JOB_TOKEN}
    try:
        one = Attempt.read(folder, attempt, halvings)
    except InvalidConfig as error:
        console.say(str(error))
        return EXIT_NEVER_WORKS
    return _Run(one, console, secrets, token, job=job).run()


class _Run:
    def __init__(
        self, attempt: Attempt, console: Console, secrets: Mapping[str, str], token: str, *, job: bool
    ) -> None:
        self._attempt, self._console, self._secrets, self._job = attempt, console, secrets, job
        self._tally = Tally()
        self._report = Report(attempt, self._tally)
        self._stopping = Stopping(self._tally, console.say, self._end)
        self._heartbeats = self._made_heartbeats(token)

    def _made_heartbeats(self, token: str) -> Heartbeats | None:
        channel = self._attempt.plan.channel
        if channel is None or not token:
            return None
        say, progress = self._console.say, self._report.progress
        return Heartbeats(self._attempt, channel.url, token, progress=progress, ended=self._be_ended, say=say)

    def run(self) -> int:
        if self._heartbeats is not None:
            self._heartbeats.start()
        channel = Channel(self._attempt, self._report, self._stopping, self._console.say, self._heartbeats)
        channel.write()
        channel.start()
        signals = job_signals if self._job else foreground_signals
        try:
            with signals(self._stopping.ask, self._console.say) as take_back:
                code, reason = self._carry_out(take_back)
        finally:
            channel.close()
        self._conclude(code, reason)
        return code

    def _carry_out(self, take_back: TakeBack) -> tuple[int, str | None]:
        try:
            return self._evaluate(take_back)
        except InvalidConfig as error:
            return EXIT_NEVER_WORKS, str(error)
        except KeyboardInterrupt:
            return EXIT_SOME_FAILED, self._stopped()
        except BaseException as error:  # noqa: BLE001 - a crash, said and counted as one; the logs are kept
            self._console.say_traceback(error)
            return EXIT_CRASHED, f"{type(error).__name__}: {error}"

    def _evaluate(self, take_back: TakeBack) -> tuple[int, str | None]:
        plan = self._attempt.plan
        spec = decode_spec(plan.spec, plan.kind).spec
        apply_environment(self._secrets, spec.runner.environment)
        with garbage.importing():
            # Inspect reads the environment when it is imported.
            from hawk.runner.eval_set_run import EvalSetRun
            from hawk.runner.summary import reason_of

        run = EvalSetRun(self._attempt, self._console, self._tally, self._report, self._stopping, take_back)
        reason = reason_of(run.run(spec, direct=not self._job), self._console.mask.hide)
        if self._stopping.cut_short:
            return EXIT_SOME_FAILED, self._stopped()
        return (EXIT_SOME_FAILED if reason else EXIT_SUCCEEDED), reason

    def _stopped(self) -> str:
        return f"stopped with {self._report.done()} done"

    def _conclude(self, code: int, reason: str | None) -> None:
        hidden = self._console.mask.hide(reason) if reason else None
        if hidden:
            self._console.say(hidden)
        self._leave_outcome(code, hidden, stopped=self._stopping.cut_short)

    def _leave_outcome(self, code: int, reason: str | None, *, stopped: bool) -> None:
        try:
            self._attempt.conclude(code, reason, stopped=stopped)
        except OSError as error:
            self._console.say(f"The outcome could not be written: {error}.")
        if self._heartbeats is not None:
            self._heartbeats.close(self._attempt.outcome(code, reason, stopped=stopped))

    def _end(self, reason: str) -> None:
        self._console.say(reason)
        self._leave_outcome(EXIT_SOME_FAILED, reason, stopped=True)
        end_at_once(EXIT_SOME_FAILED)

    def _be_ended(self) -> None:
        """Hawk says that this attempt is over: what another writes now must not be written twice."""
        self._console.say("Hawk's server says that this attempt of the job is over.")
        end_at_once(EXIT_SOME_FAILED)


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m hawk.runner.inside")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--attempt", type=int, required=True)
    parser.add_argument("--secrets-fd", type=int)
    parser.add_argument("--alive-fd", type=int)
    parser.add_argument("--log-fd", type=int)
    parser.add_argument("--halvings", type=int, default=0)
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
