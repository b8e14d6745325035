"""From a config to a started job: what is checked, said, sent, and how often."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from hawk.backends.execution.protocol import Capabilities
from hawk.jobs.types import BackendInfo, JobStatus
from tests.cli.conftest import Api, Hawk, job, page, problem, server_info

URL = "https://hawk.example"
SIMPLE = "tasks: [{package: six, name: six, items: [{name: t}, {name: u}]}]\nmodels: [{package: m, name: m, items: [{name: a}, {name: b}]}]\n"
QUICK = ("--skip-dependency-validation",)


@pytest.fixture
def config(home: Path) -> Path:
    return write(home, SIMPLE)


def write(home: Path, text: str) -> Path:
    path = home / "work" / "x.eval-set.yaml"
    path.write_text(text)
    return path


def accept(api: Api, *answers: Any) -> None:
    api.on("POST", "/api/jobs", *(answers or (job(),)))


def body(api: Api) -> Any:
    return api.body("POST", "/api/jobs")


def test_a_detached_job_prints_its_id_and_the_next_commands(api: Api, hawk: Hawk, config: Path) -> None:
    accept(api)
    done = hawk("eval-set", config, *QUICK, "--detach")
    assert done.out == "simple-abc\n"
    assert "Started simple-abc on this machine." in done.err
    assert "hawk watch simple-abc" in done.err
    api.job(job())
    assert hawk("status", "--json").json()["id"] == "simple-abc"


def test_what_is_sent(api: Api, hawk: Hawk, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accept(api)
    monkeypatch.setenv("A", "1")
    Path("s.env").write_text("B=2\nA=file\n")
    flags = ["--secret", "A", "--secrets-file", "s.env", "--set", "limit=3", "--priority", "5"]
    hawk("eval-set", config, *QUICK, "--detach", "--log-dir-allow-dirty", *flags)
    sent = body(api)
    assert sent["kind"] == "eval-set"
    assert sent["spec"]["limit"] == 3
    assert sent["requirements"] == ["m", "six"]
    assert sent["lock"] is None
    assert sent["secrets"] == {"A": "1", "B": "2"}
    assert sent["backend"] == "local"
    assert sent["log_dir_allow_dirty"] is True
    assert sent["priority"] == 5
    assert sent["terminal"] is None
    assert len(sent["key"]) == 36


def test_each_submission_has_a_key_of_its_own(api: Api, hawk: Hawk, config: Path) -> None:
    accept(api)
    keys = set[str]()
    for _ in range(2):
        hawk("eval-set", config, *QUICK, "--detach")
        keys.add(body(api)["key"])
    assert len(keys) == 2


def test_a_lost_answer_of_a_server_is_asked_for_again_with_the_same_key(
    api: Api, hawk: Hawk, config: Path
) -> None:
    accept(api, problem("Unavailable", 503, "Away."), job())
    api.on("GET", "/api/server", server_info(embedded=False, location=URL))
    done = hawk("eval-set", config, *QUICK, "--server", URL, "--yes")
    first, second = api.asked("POST", "/api/jobs")
    assert first.content == second.content
    assert f"on {URL}" in done.err


def test_on_this_machine_it_is_not(api: Api, hawk: Hawk, config: Path) -> None:
    accept(api, problem("Unavailable", 503, "The disk is full.", fix="Free some."), job())
    done = hawk("eval-set", config, *QUICK, "--detach", code=1)
    assert done.err.endswith("error: The disk is full.\n  Free some.\n")


def test_a_server_is_detached_from_by_default(api: Api, hawk: Hawk, config: Path) -> None:
    accept(api)
    api.on("GET", "/api/server", server_info(embedded=False, location=URL))
    assert hawk("eval-set", config, *QUICK, "--server", URL, "--yes").out == "simple-abc\n"
    assert not api.asked("GET", "/api/jobs/simple-abc")


def test_the_first_submission_to_a_server_needs_a_yes(api: Api, hawk: Hawk, config: Path) -> None:
    accept(api)
    api.on("GET", "/api/server", server_info(embedded=False, location=URL))
    refused = hawk("eval-set", config, *QUICK, "--server", URL, code=2)
    assert URL in refused.err
    assert "--yes" in refused.err
    assert not api.asked("POST", "/api/jobs")
    hawk("eval-set", config, *QUICK, "--server", URL, "--yes")
    hawk("eval-set", config, *QUICK, "--server", URL)
    assert "--yes" in hawk("eval-set", config, *QUICK, "--server", f"{URL}.evil", code=2).err


def test_every_fault_of_a_config_is_a_line(api: Api, hawk: Hawk, home: Path) -> None:
    path = write(
        home, "tasks:\n  - package: six\n    name: six\n    items:\n      - name: 3\nlimit: -1\nepochs: no\n"
    )
    done = hawk("eval-set", path, code=2)
    head, *lines = done.err.splitlines()
    assert head == f"error: {path} has 3 problems."
    assert [line.split(": ")[:2] for line in lines] == [
        [f"  {path}:5", "tasks[0].items[0].name"],
        [f"  {path}:6", "limit"],
        [f"  {path}:7", "epochs"],
    ]
    assert api.requests == []


@pytest.mark.parametrize("text", ["", "tasks: [", "- a\n", "\t"])
def test_what_is_no_config_is_said_in_short(api: Api, hawk: Hawk, home: Path, text: str) -> None:
    done = hawk("eval-set", write(home, text), code=2)
    assert 1 <= len(done.err.splitlines()) <= 3
    assert "x.eval-set.yaml" in done.err


def test_a_file_that_is_not_there(api: Api, hawk: Hawk, home: Path) -> None:
    assert "nowhere.yaml can't be read" in hawk("eval-set", "nowhere.yaml", code=2).err


def test_faults_that_only_the_server_finds_are_lines_too(api: Api, hawk: Hawk, config: Path) -> None:
    errors = [{"path": "tasks[0]", "message": "is odd"}]
    accept(api, problem("InvalidConfig", 422, "The config has 1 problem.", errors=errors))
    done = hawk("eval-set", config, *QUICK, "--detach", code=2)
    assert done.err.splitlines()[-2:] == ["error: The config has 1 problem.", "  tasks[0]: is odd"]


def test_unknown_keys_are_warnings_and_nothing_waits_off_a_terminal(api: Api, hawk: Hawk, home: Path) -> None:
    accept(api)
    path = write(home, SIMPLE + "epoch: 3\n")
    done = hawk("eval-set", path, *QUICK, "--detach")
    warning = done.err.splitlines()[0]
    assert warning.startswith(f"warning: {path}:3: epoch: ")
    assert "epochs" in warning
    assert done.out == "simple-abc\n"


def test_missing_secrets_are_said_with_what_to_type(api: Api, hawk: Hawk, home: Path) -> None:
    secrets = "runner: {secrets: [{name: KEY, description: of the lab}, {name: TOKEN}]}\n"
    done = hawk("eval-set", write(home, SIMPLE + secrets), "--secret", "OTHER", code=2)
    assert "KEY is required by the config (of the lab)" in done.err
    assert "--secret OTHER --secret KEY --secret TOKEN" in done.err
    assert len(done.err.splitlines()) == 2
    assert api.requests == []


def test_dotenv_feeds_secrets_and_settings_and_the_environment_wins(
    api: Api, hawk: Hawk, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(api)
    monkeypatch.setenv("B", "environment")
    for name in ("A", "HAWK_API_URL"):
        # Set first, so that what the command adds to the environment goes at the end.
        monkeypatch.setenv(name, "gone")
        monkeypatch.delenv(name)
    Path(".env").write_text(f"A=file\nB=file\nHAWK_API_URL={URL}\nLD_PRELOAD=x\n")
    hawk("eval-set", config, *QUICK, "--detach", "--secret", "A", "--secret", "B", "--yes")
    assert api.urls == [URL]
    assert body(api)["secrets"] == {"A": "file", "B": "environment"}
    import os

    assert "LD_PRELOAD" not in os.environ
    hawk("eval-set", config, *QUICK, "--detach", "--backend", "local")
    assert api.urls[-1] is None


def test_an_image_needs_a_backend_with_images(api: Api, hawk: Hawk, home: Path, config: Path) -> None:
    accept(api)
    done = hawk("eval-set", config, "--image-tag", "v1", code=2)
    assert "--image-tag: the local backend runs no images" in done.err
    path = write(home, SIMPLE + "runner: {image_tag: v1, memory: 1Gi}\n")
    warned = hawk("eval-set", path, *QUICK, "--detach").err
    assert "runner.image_tag means nothing on the local backend" in warned
    assert "runner.memory means nothing" in warned
    docker = BackendInfo("docker", Capabilities(images=True, resources=True))
    api.on("GET", "/api/server", server_info(backends=(docker,), default_backend="docker"))
    fine = hawk("eval-set", path, *QUICK, "--detach", "--image-tag", "v1").err
    assert "means nothing" not in fine
    assert body(api)["image_tag"] == "v1"


def test_a_backend_that_is_not_there(api: Api, hawk: Hawk, config: Path) -> None:
    assert "There is no backend 'slurm'" in hawk("eval-set", config, "--backend", "slurm", code=2).err


def test_detach_and_watch_exclude_each_other(api: Api, hawk: Hawk, config: Path) -> None:
    assert "--watch" in hawk("eval-set", config, "--detach", "--watch", code=2).err


def test_a_dry_run_sends_nothing(api: Api, hawk: Hawk, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "s3cret")
    flags = [*QUICK, "--dry-run", "--secret", "KEY", "--set", "name=My set"]
    done = hawk("eval-set", config, *flags)
    assert "my-set-…" in done.out
    assert "4: 2 tasks x 2 models" in done.out
    assert "KEY" in done.out
    assert "s3cret" not in done.out + done.err
    plan = hawk("eval-set", config, *flags, "--json").json()
    assert plan["evals"] == 4
    assert plan["tasks"] == ["six/t", "six/u"]
    assert plan["secrets"] == ["KEY"]
    assert plan["where"] == "this machine"
    assert {request.method for request in api.requests} == {"GET"}


def test_a_foreground_run_ends_with_its_scores_and_as_the_job_did(api: Api, hawk: Hawk, config: Path) -> None:
    from tests.cli.test_lists import an_eval

    accept(api)
    end = job(status=JobStatus.FAILED, reason="Some failed.", exit_code=1)
    api.job(job(status=JobStatus.STARTING, phase="installing"), job(), end)
    api.on("GET", "/api/evals", page([an_eval()]))
    done = hawk("eval-set", config, *QUICK, code=1)
    assert "starting: installing its packages" in done.err
    assert "simple-abc failed: Some failed." in done.out
    assert "match/accuracy 0.750" in done.out
    assert "Logs: /logs/simple-abc" in done.out
    assert "Next: hawk logs simple-abc" in done.err
    assert hawk("eval-set", config, *QUICK, "--json", code=1).json()["status"] == "failed"


def test_a_foreground_run_whose_packages_never_work_ends_with_2(api: Api, hawk: Hawk, config: Path) -> None:
    accept(api)
    api.job(job(status=JobStatus.FAILED, reason="No such task.", exit_code=78, tail=("no task t",)))
    api.on("GET", "/api/evals", page([]))
    assert "no task t" in hawk("eval-set", config, *QUICK, code=2).out


def test_local_means_this_machine_whatever_is_set(
    api: Api, hawk: Hawk, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAWK_API_URL", URL)
    accept(api)
    hawk("local", "eval-set", config, *QUICK, "--detach")
    hawk("eval-set", config, *QUICK, "--detach", "--server", "local")
    hawk("eval-set", config, *QUICK, "--detach", "--backend", "local")
    assert api.urls == [None, None, None]


def test_direct_stays_in_the_foreground(api: Api, hawk: Hawk, config: Path) -> None:
    assert "--direct" in hawk("local", "eval-set", config, "--direct", "--detach", code=2).err


def test_a_local_package_is_uploaded_and_named(api: Api, hawk: Hawk, home: Path) -> None:
    accept(api)
    package = home / "work" / "mine"
    package.mkdir()
    wheel = package.parent / "mine-1.0-py3-none-any.whl"
    import zipfile

    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("mine-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    puts: list[str] = []

    class Puts(dict[tuple[str, str], list[Any]]):
        def get(self, key: tuple[str, str], default: Any = None) -> Any:
            if key[0] == "PUT":
                puts.append(key[1])
                return [httpx.Response(204)]
            return super().get(key, default)

    api.answers = Puts(api.answers)
    path = write(home, "tasks: [{package: ./mine-1.0-py3-none-any.whl, name: mine, items: [{name: t}]}]\n")
    hawk("eval-set", path, *QUICK, "--detach")
    uploaded = body(api)["packages"]
    assert [f"/api/packages/{one['sha256']}/{one['filename']}" for one in uploaded] == puts
    assert body(api)["requirements"][0].startswith("mine @ hawk-wheel:")
