from __future__ import annotations

import os
import signal
import time

import psutil
import pytest

from hawk.specs.control import Desired, StopSample
from tests.runner.conftest import CAREFUL, Launch, Spec, done, examples, running


def slow(samples: int, seconds: float, **options: object) -> Spec:
    tasks = examples({"name": "slow", "args": {"samples": samples, "seconds": seconds}})
    return {"tasks": tasks, "models": CAREFUL, **options}


def test_a_stop_scores_what_is_under_way_and_a_resume_runs_the_rest(launch: Launch) -> None:
    spec = slow(6, 60, max_samples=2, max_tasks=1)
    spec["tasks"][0]["items"].append({"name": "arithmetic"})
    going = launch.plan(spec).start()
    going.until(running(2))
    began = time.monotonic()
    launch.want(Desired(launch=1, state="stop"))
    ended = going.wait()
    assert time.monotonic() - began < 10
    assert ended.code == 1, ended.output
    outcome = launch.outcome()
    assert outcome.stopped
    assert outcome.exit_code == 1
    logs = launch.eval_logs()
    written = [log for log in logs if log.samples]
    assert [log.eval.task for log in written] == ["hawk_examples/slow"]
    assert len(written[0].samples) == 2
    assert {one.scores["match"].value for one in written[0].samples} <= {"C", "I"}
    assert not any(log.status == "started" for log in logs), [log.status for log in logs]

    quick = slow(6, 60, max_samples=2, max_tasks=1)
    quick["tasks"] = spec["tasks"]
    second = launch.plan(spec, launch=2).start()
    # The stop was for the first launch; the second goes on with the four that are left, perhaps after the
    # other task, which never began.
    second.until(
        lambda progress: any(one.samples.running == 2 for one in progress.tasks if "slow" in one.task)
    )
    launch.want(Desired(launch=2, state="stop", score=False))
    assert second.wait().code == 1
    newest = [log for log in launch.eval_logs() if log.eval.task.endswith("slow")][-1]
    assert newest.status == "error"
    kept = {one.uuid for one in written[0].samples}
    assert kept <= {one.uuid for one in newest.samples}


def test_a_stop_of_one_sample(launch: Launch) -> None:
    going = launch.plan(slow(2, 60, max_samples=2, fail_on_error=False)).start()
    progress = going.until(lambda progress: progress.idle is not None and running(2)(progress))
    assert progress.idle is not None
    assert progress.idle.task == "hawk_examples/slow"
    first = progress.idle.uuid
    assert first is not None
    launch.want(Desired(launch=1, samples=(StopSample(first),)))
    second = going.until(lambda now: done(1)(now) and now.idle is not None and now.idle.uuid != first).idle
    assert second is not None
    assert second.uuid is not None
    launch.want(Desired(launch=1, samples=(StopSample(first), StopSample(second.uuid, "error"))))
    ended = going.wait()
    assert ended.code == 0, ended.output
    samples = {one.uuid: one for one in launch.eval_logs()[0].samples}
    assert samples[first].scores["match"].value in {"C", "I"}
    assert samples[first].error is None
    assert samples[second.uuid].error is not None
    assert not launch.outcome().stopped


def test_a_stop_while_tasks_load_ends_at_once(launch: Launch) -> None:
    launch.plan(slow(2, 60)).want(Desired(launch=1, state="stop"))
    ended = launch.run()
    assert ended.code == 1, ended.output
    assert launch.outcome().stopped
    assert not launch.logs_dir.exists()


def test_sigterm_ends_it_without_scoring_and_sigint_is_not_for_it(launch: Launch) -> None:
    going = launch.plan(slow(2, 60)).start()
    going.until(running(2))
    going.process.send_signal(signal.SIGINT)
    going.process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    ended = going.wait()
    assert time.monotonic() - began < 5
    assert ended.code == 1, ended.output
    assert launch.outcome().stopped
    log = launch.eval_logs()[0]
    assert log.status == "error"
    assert not any(one.scores for one in log.samples)


@pytest.mark.parametrize("now", [False, True])
def test_a_stop_gets_through_to_a_busy_loop_at_the_latest_when_now(launch: Launch, now: bool) -> None:
    spec = slow(1, 20 if now else 9)
    spec["tasks"][0]["items"][0]["args"]["busy"] = True
    going = launch.plan(spec).start()
    progress = going.until(lambda progress: bool(progress.models))
    # The thread reports while the sample holds up the event loop.
    later = going.until(lambda after: after.time > progress.time)
    assert later.phase == "running"
    launch.want(Desired(launch=1, state="stop", now=now))
    began = time.monotonic()
    ended = going.wait()
    if now:
        assert time.monotonic() - began < 8
        assert ended.code == 1
        assert launch.outcome().stopped
    else:
        assert ended.code in {0, 1}, ended.output


def test_a_killed_run_goes_on_and_no_finished_sample_runs_twice(launch: Launch) -> None:
    spec = slow(16, 1.5, max_samples=2)
    going = launch.plan(spec).start()
    going.until(done(3))
    going.kill()
    first = {one.uuid for log in launch.eval_logs() for one in log.samples}
    again = launch.start(2)
    again.until(done(5))
    again.kill()
    ended = launch.run(3)
    assert ended.code == 0, ended.output
    newest = launch.eval_logs()[-1]
    assert newest.status == "success"
    assert len(newest.samples) == 16
    assert first <= {one.uuid for one in newest.samples}
    # A sample that runs calls the model once; five were done and reported before this attempt.
    progress = launch.progress()
    assert progress is not None
    assert progress.models[0].calls <= 11


def test_without_its_supervisor_it_ends_with_all_that_it_started(launch: Launch) -> None:
    alive, holder = os.pipe()
    going = launch.plan(slow(2, 60)).start(1, "--alive-fd", str(alive), pass_fds=(alive,))
    os.close(alive)
    going.until(running(1))
    children = psutil.Process(going.process.pid).children(recursive=True)
    os.close(holder)
    ended = going.wait(10)
    assert ended.code not in {0, 1, 78}
    assert not [child for child in children if child.is_running()]
