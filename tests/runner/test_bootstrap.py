"""The outer stage: from a plan to the inner stage in its own environment, or a word on why not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hawk.specs.control import Outcome, Progress
from hawk.specs.plan import RunPlan
from tests.packages.throwaway import make_package, make_plan, make_wheel

_INSIDE = """
import json, os, sys
seen = {
    "argv": sys.argv[1:],
    "env": dict(os.environ),
    "prefix": sys.prefix,
    "path": sys.path,
    "cwd": os.getcwd(),
}
arguments = dict(zip(sys.argv[2::2], sys.argv[3::2]))
seen["secrets"] = os.fdopen(int(arguments["--secrets-fd"])).read()
os.fstat(int(arguments["--alive-fd"]))
if "--log-fd" in arguments:
    os.write(int(arguments["--log-fd"]), b"from inside\\n")
with open(os.path.join(sys.argv[1], "seen.json"), "w") as file:
    json.dump(seen, file)
sys.exit(7)
"""

_SLOW_UV = """#!/bin/sh
echo $$ > {folder}/uv.pid
echo started
sleep 60 &
echo $! > {folder}/child.pid
wait
"""


class Job:
    """A job's folder, and a way to start its runner as a supervisor does."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "job"
        self.folder.mkdir()
        self.hawk = make_wheel(
            root / "own", "hawk", {"hawk/__init__.py": "", "hawk/runner/inside.py": _INSIDE}
        )
        self.environment = {**os.environ, "ANTHROPIC_API_KEY": "sk-users-own"}
        self.alive: int | None = None

    def plan(self, **changes: Any) -> RunPlan:
        plan = msgspec.structs.replace(make_plan(self.root, self.hawk), **changes)
        (self.folder / "plan.json").write_bytes(msgspec.json.encode(plan))
        return plan

    def start(self, *more: str, attempt: int = 1, keep: tuple[int, ...] = ()) -> subprocess.Popen[str]:
        secrets, secrets_end = os.pipe()
        alive, self.alive = os.pipe()
        os.write(secrets_end, b'{"KEY": "sk-job"}')
        os.close(secrets_end)
        command = [sys.executable, "-m", "hawk.runner", str(self.folder), "--attempt", str(attempt)]
        command += ["--secrets-fd", str(secrets), "--alive-fd", str(alive), *more]
        process = subprocess.Popen(
            command,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            pass_fds=(secrets, alive, *keep),
            start_new_session=True,
        )
        os.close(secrets)
        os.close(alive)
        return process

    def run(self, *more: str, attempt: int = 1) -> tuple[int, str]:
        process = self.start(*more, attempt=attempt)
        output, _ = process.communicate(timeout=120)
        self.let_go()
        return process.returncode, output

    def let_go(self) -> None:
        if self.alive is not None:
            os.close(self.alive)
            self.alive = None

    def seen(self) -> dict[str, Any]:
        return json.loads((self.folder / "seen.json").read_text())

    def outcome(self) -> Outcome:
        return msgspec.json.decode((self.folder / "outcome.json").read_bytes(), type=Outcome)

    def progress(self) -> Progress:
        return msgspec.json.decode((self.folder / "progress.json").read_bytes(), type=Progress)

    def use_uv(self, script: str) -> None:
        """Put a uv first that is not one."""
        site = self.root / "site"
        (site / "uv").mkdir(parents=True)
        fake = site / "fake-uv"
        fake.write_text(script)
        fake.chmod(0o755)
        (site / "uv" / "__init__.py").write_text(f"def find_uv_bin():\n    return {str(fake)!r}\n")
        self.environment["PYTHONPATH"] = str(site)


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    made = Job(tmp_path)
    yield made
    made.let_go()


def test_the_inner_stage_gets_arguments_pipes_and_a_clean_environment(job: Job) -> None:
    job.plan()
    job.environment |= {"PYTHONPATH": str(job.root / "leak"), "VIRTUAL_ENV": "/old", "KEPT": "yes"}
    code, _ = job.run("--halvings", "2", attempt=4)
    assert code == 7
    seen = job.seen()
    assert seen["argv"][:3] == [str(job.folder), "--attempt", "4"]
    assert seen["argv"][-2:] == ["--halvings", "2"]
    assert seen["secrets"] == '{"KEY": "sk-job"}'
    environment, prefix = seen["env"], seen["prefix"]
    assert prefix.startswith(str(job.root / "environments"))
    assert environment["PATH"].split(":")[0] == f"{prefix}/bin"
    assert str(Path(sys.executable).parent) not in environment["PATH"].split(":")
    assert environment["VIRTUAL_ENV"] == prefix
    assert "PYTHONPATH" not in environment
    assert environment["KEPT"] == "yes"
    assert seen["cwd"] not in seen["path"]
    assert "" not in seen["path"]


def test_progress_says_installing(job: Job) -> None:
    (job.folder / "progress.json").write_text("{}")
    job.plan()
    job.run(attempt=2)
    progress = job.progress()
    assert (progress.phase, progress.launch, progress.attempt) == ("installing", 3, 2)


def test_install_output_goes_to_the_log(job: Job) -> None:
    job.plan()
    read, write = os.pipe()
    process = job.start("--log-fd", str(write), keep=(write,))
    os.close(write)
    output, _ = process.communicate(timeout=120)
    with os.fdopen(read) as log:
        said = log.read()
    assert "Making the environment" in said
    assert said.endswith("from inside\n")
    assert output == ""


def test_without_a_lock_it_resolves_once_and_leaves_the_lock(job: Job) -> None:
    job.plan(lock=None, requirements=("six==1.17.0",))
    (job.folder / "requirements.lock").write_text("of an older launch\n")
    code, _ = job.run()
    assert code == 7
    lock = (job.folder / "requirements.lock").read_text()
    assert "six==1.17.0\n" in lock
    assert "inspect-ai==" in lock
    job.use_uv("#!/bin/sh\nexit 9\n")
    assert job.run(attempt=2)[0] == 7


def test_what_can_never_work_ends_with_78_and_a_reason(job: Job) -> None:
    nowhere = "hawk-test-no-such-package-q7==1.0"
    job.plan(lock=f"{nowhere}\n", requirements=(nowhere,))
    code, output = job.run()
    outcome = job.outcome()
    assert code == outcome.exit_code == 78
    assert (outcome.launch, outcome.attempt) == (3, 1)
    assert outcome.reason is not None
    assert "hawk-test-no-such-package-q7" in outcome.reason
    assert outcome.reason in output
    assert "Traceback" not in output


def test_a_lock_that_names_what_the_index_has_no_more_is_made_anew(job: Job) -> None:
    job.plan(lock="six==1.99.0\n", requirements=("six==1.17.0",))
    code, output = job.run()
    assert code == 7
    assert "six==1.99.0" in output
    assert "anew" in output
    assert "six==1.17.0\n" in (job.folder / "requirements.lock").read_text()


def test_settings_of_a_resolution_have_no_say_in_an_installation(job: Job) -> None:
    constraints = job.root / "constraints.txt"
    constraints.write_text("six==1.16.0\n")
    job.environment["UV_CONSTRAINT"] = str(constraints)
    job.plan(lock="six==1.17.0\n")
    assert job.run()[0] == 7


def test_a_path_of_the_submitting_machine_ends_with_78(job: Job) -> None:
    package = make_package(job.root / "pkg", "alpha")
    job.plan(lock=None, requirements=(f"alpha @ {package.as_uri()}",))
    assert job.run()[0] == 78
    assert "the machine that the job was submitted from" in (job.outcome().reason or "")


@pytest.mark.parametrize("said", ["dns error", "No space left on device (os error 28)"])
def test_what_the_network_or_the_disk_did_deserves_another_attempt(job: Job, said: str) -> None:
    job.plan()
    job.use_uv(f"#!/bin/sh\necho 'error: {said}'\nexit 2\n")
    code, output = job.run()
    assert code == 75
    assert job.outcome().exit_code == 75
    assert "Traceback" not in output


def test_a_plan_that_is_no_plan_can_never_work(job: Job) -> None:
    (job.folder / "plan.json").write_text("{}")
    code, output = job.run()
    assert code == 78
    assert "plan.json" in output
    assert "Traceback" not in output


def test_secrets_do_not_reach_uv(job: Job) -> None:
    job.plan()
    job.environment["HAWK_JOB"] = "mark"
    job.use_uv(f"#!/bin/sh\nenv > {job.root}/env.txt\nls -l /proc/$$/fd > {job.root}/fds.txt\nexit 1\n")
    job.run()
    environment = (job.root / "env.txt").read_text()
    assert "sk-" not in environment
    assert "HAWK_JOB=mark" in environment
    assert (job.root / "fds.txt").read_text().count("pipe:") <= 2


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def started_slowly(job: Job) -> tuple[subprocess.Popen[str], list[int]]:
    job.plan()
    job.use_uv(_SLOW_UV.format(folder=job.root))
    process = job.start()
    pids = job.root / "child.pid"
    wait_for(lambda: pids.exists() and pids.read_text().strip())
    return process, [int((job.root / name).read_text()) for name in ("uv.pid", "child.pid")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_uv_at_once(job: Job, number: signal.Signals) -> None:
    process, pids = started_slowly(job)
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == -number
    assert job.outcome().stopped
    assert "Traceback" not in output
    wait_for(lambda: all(map(is_gone, pids)))


def test_a_supervisor_that_dies_takes_it_and_uv_along(job: Job) -> None:
    process, pids = started_slowly(job)
    job.let_go()
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in output
    wait_for(lambda: all(map(is_gone, pids)))


def test_it_imports_nothing_heavy(job: Job) -> None:
    code = "import sys, hawk.runner.bootstrap; print(*sys.modules)"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    heavy = {
        "httpx",
        "yaml",
        "cyclopts",
        "rich",
        "packaging",
        "asyncio",
        "subprocess",
        "tempfile",
        "inspect_ai",
    }
    assert not heavy & set(loaded.stdout.split())
