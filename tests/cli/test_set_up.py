"""config show, doctor, init, schema and completion, as installed commands."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer

import msgspec
import pytest

from hawk.cli.checks.docker import find_docker
from hawk.specs.load import load_config
from hawk.specs.schema import json_schema
from tests.cli.conftest import Api, Hawk


def settings(command: Hawk, **env: str) -> dict[str, tuple[object, str]]:
    items = command("config", "show", "--json", env=env).json()["items"]
    return {one["name"]: (one["value"], one["source"]) for one in items}


def test_config_show_says_where_each_setting_comes_from(command: Hawk, home: Path) -> None:
    folder = home / "config" / "hawk"
    folder.mkdir(parents=True)
    (folder / "hawk.toml").write_text(
        'backend = "docker"\nserver = "https://file"\n[local]\nmax_running = 3\n'
        '[prices."openai/gpt-4.1"]\ninput = 2.5\noutput = 10\n'
    )
    (home / "work" / ".env").write_text("HAWK_API_URL=https://dotenv\nHAWK_BACKEND=local\n")
    found = settings(command, HAWK_BACKEND="slurm")
    toml = str(folder / "hawk.toml")
    assert found["backend"] == ("slurm", "HAWK_BACKEND")
    assert found["server"] == ("https://dotenv", "HAWK_API_URL in .env")
    assert found["local.max_running"] == (3, toml)
    assert found["local.max_restarts"] == (3, "default")
    assert found["prices.openai/gpt-4.1.output"] == (10, toml)
    assert found["home"] == (str(home / "data"), "HAWK_HOME")
    assert "https://dotenv" in command("config", "show").out


def test_config_show_hides_passwords(command: Hawk) -> None:
    found = settings(command, HAWK_DATABASE_URL="postgresql://me:s3cret@db/hawk")
    assert "s3cret" not in str(found)
    assert "me" in str(found["database"])


def test_a_setting_that_is_wrong_is_one_line(command: Hawk, home: Path) -> None:
    folder = home / "config" / "hawk"
    folder.mkdir(parents=True)
    (folder / "hawk.toml").write_text("[local]\nmax_runing = 3\n")
    done = command("list", "jobs", code=2)
    assert "max_runing" in done.err
    assert "Traceback" not in done.err


def test_doctor_of_a_good_machine(command: Hawk) -> None:
    done = command("doctor")
    assert {line.split()[0] for line in done.out.splitlines() if not line.startswith(" ")} <= {"ok", "warn"}
    items = command("doctor", "--json").json()["items"]
    assert {one["name"] for one in items} >= {
        "python",
        "uv",
        "data folder",
        "free space",
        "database",
        "docker",
    }


def test_doctor_of_a_folder_that_can_not_be_written(command: Hawk, home: Path) -> None:
    (home / "data").write_text("a file")
    done = command("doctor", code=1)
    assert "fail  data folder" in done.out
    assert "HAWK_HOME" in done.out


def test_docker_is_asked_over_its_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "docker.sock"

    class Engine(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = json.dumps({"Version": "29.1"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def address_string(self) -> str:
            return ""

        def log_message(self, *args: object) -> None:
            return

    class Server(ThreadingMixIn, UnixStreamServer):
        daemon_threads = True

    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    assert find_docker()[1] is None
    with Server(str(path), Engine) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert find_docker() == (f"unix://{path}", "29.1")
        server.shutdown()


def test_an_engine_that_says_nothing_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "s"))
    listening.listen()
    monkeypatch.setattr("hawk.cli.checks.docker._SECONDS", 0.05)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 's'}")
    assert find_docker()[1] is None
    listening.close()


def test_init_writes_a_config_that_is_valid_and_never_overwrites(command: Hawk, home: Path) -> None:
    done = command("init", "here")
    written = [Path(line.removeprefix("Wrote ")) for line in done.out.splitlines()]
    work = home / "work"
    assert all((work / path).is_file() for path in written)
    assert "hawk eval-set here/first.eval-set.yaml" in done.err
    loaded = load_config(work / "here" / "first.eval-set.yaml")
    assert loaded.warnings == ()
    compile((work / "here/first_tasks/first_tasks.py").read_text(), "first_tasks.py", "exec")
    (work / "here/first.eval-set.yaml").write_text("mine")
    assert "is there already" in command("init", "here", code=1).err
    assert (work / "here/first.eval-set.yaml").read_text() == "mine"


def test_the_schema_is_the_schema(command: Hawk) -> None:
    assert command("schema", "eval-set").json() == msgspec.json.decode(
        msgspec.json.encode(json_schema("eval-set"))
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(command: Hawk, shell: str) -> None:
    script = command("completion", shell).out
    assert "eval-set" in script
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_completion_of_this_shell(command: Hawk) -> None:
    assert command("completion", env={"SHELL": "/bin/bash"}).out == command("completion", "bash").out
    assert "completion bash" in command("completion", code=2, env={"SHELL": "/bin/tcsh"}).err


def test_an_error_that_nobody_expected_is_an_apology(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/jobs", ZeroDivisionError("oh\x1b[2J"))
    done = hawk("list", "jobs", code=1)
    assert "Hawk made a mistake (ZeroDivisionError: oh)" in done.err
    assert "--debug" in done.err
    assert len(done.err.splitlines()) == 2
    assert "Traceback" in hawk("list", "jobs", "--debug", code=1).err


def test_an_error_of_the_disk_names_the_file(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/jobs", PermissionError(13, "Permission denied", "/x/hawk.db"))
    assert hawk("list", "jobs", code=1).err == "error: /x/hawk.db: Permission denied.\n"


def test_a_base_install_says_what_to_install(command: Hawk, home: Path) -> None:
    blocked = home / "site"
    blocked.mkdir()
    (blocked / "sitecustomize.py").write_text("import sys\nsys.modules['litestar'] = None\n")
    done = command("list", "jobs", code=1, env={"PYTHONPATH": str(blocked)})
    assert "hawk[server]" in done.err
    assert len(done.err.splitlines()) <= 2
