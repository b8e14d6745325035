"""README's "A team's Hawk", command by command: PostgreSQL, S3 and a login provider on one side, a URL on the other."""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import HAWK, ROOT, Machine
from tests.servers.hawk import free_port
from tests.servers.oidc.provider import OidcProvider
from tests.servers.s3 import S3

_BLOCK = re.compile(r"(?:^    \S.*\n)+", re.MULTILINE)
_CODE = re.compile(r"agree: ([A-Z]{4}-[A-Z]{4})")


def blocks() -> list[list[str]]:
    """The commands of the section, block by block."""
    section = (ROOT / "README.md").read_text().split("## A team's Hawk\n")[1].split("\n## ")[0]
    return [[line.strip() for line in block.splitlines()] for block in _BLOCK.findall(section)]


class Shell:
    """A terminal: what it exports stays, and placeholders have the values of this test."""

    def __init__(self, cwd: Path, env: Mapping[str, str], values: Mapping[str, str]) -> None:
        self.cwd = cwd
        self.env = dict(env)
        self.values = values

    def words(self, line: str) -> list[str]:
        for placeholder, value in self.values.items():
            line = line.replace(placeholder, value)
        return shlex.split(line)

    def start(self, words: Sequence[str], **streams: int) -> subprocess.Popen[str]:
        assert words[0] == "hawk"
        return subprocess.Popen([HAWK, *words[1:]], cwd=self.cwd, env=self.env, text=True, **streams)

    def run(self, words: Sequence[str], code: int = 0) -> str:
        child = self.start(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = child.communicate(timeout=240)
        assert child.returncode == code, (words, out, err)
        assert "Traceback" not in err
        return out + err

    def export(self, words: Sequence[str]) -> None:
        name, _, value = words[1].partition("=")
        self.env[name] = value


@pytest.mark.timeout(900)
def test_what_it_says_works(
    machine: Machine, tmp_path: Path, oidc: OidcProvider, new_postgres_url: str, s3_of_run: S3, caches: Path
) -> None:
    on_server, on_laptop = blocks()
    port = free_port()
    values = {
        "postgresql://USER:PASSWORD@HOST/DATABASE": new_postgres_url,
        "s3://BUCKET/hawk": f"s3://{s3_of_run.new_bucket()}/hawk",
        "https://login.example.com": oidc.issuer,
        "https://api.example.com": oidc.audience,
        "https://hawk.example.com": f"http://127.0.0.1:{port}",
        "--port 8080": f"--port {port}",
    }
    server = Shell(tmp_path, _server_env(tmp_path, s3_of_run, machine, caches), values)
    laptop = Shell(machine.work, machine.env, values)
    (machine.work / "examples").symlink_to(ROOT / "examples")
    running = _start_server(server, on_server, port)
    try:
        said = {line: _on_laptop(laptop, line, oidc) for line in on_laptop}
        assert f"on http://127.0.0.1:{port}" in said["hawk eval-set examples/simple.eval-set.yaml"]
        assert "succeeded" in said["hawk watch"]
        assert "simple-" in said["hawk list jobs"]
        assert "hawk_examples/arithmetic" in said["hawk list samples"]
        assert "hits. Next: hawk transcript UUID" in said['hawk search "7"']
        assert "stopped after" in said["hawk stop"]
        for line in ("hawk eval-set examples/simple.eval-set.yaml", "hawk watch", "hawk stop"):
            assert "Next: hawk " in said[line]
        assert not list(machine.home.glob("hawk.db*")), "nothing of it is on the laptop"
    finally:
        running.kill()
        running.wait()


def _server_env(folder: Path, s3: S3, machine: Machine, caches: Path) -> dict[str, str]:
    home = folder / "server-home"
    home.mkdir()
    for name in ("environments", "wheels", "locks"):
        (home / name).symlink_to(caches / name)
    return {
        **machine.env,
        **s3.environment,
        "HAWK_HOME": str(home),
        "XDG_CONFIG_HOME": str(folder / "server"),
    }


def _start_server(shell: Shell, lines: Sequence[str], port: int) -> subprocess.Popen[str]:
    for line in lines[:-1]:
        words = shell.words(line)
        shell.export(words) if words[0] == "export" else shell.run(words)
    log = shell.cwd / "serve.log"
    with log.open("w") as out:
        running = shell.start(
            shell.words(lines[-1]), stdin=subprocess.DEVNULL, stdout=out.fileno(), stderr=out.fileno()
        )
    deadline = time.monotonic() + 60
    while not _is_ready(port):
        assert running.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    return running


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/ready").is_success
    except httpx.TransportError:
        return False


def _on_laptop(shell: Shell, line: str, oidc: OidcProvider) -> str:
    words = shell.words(line)
    if words[0] == "export":
        shell.export(words)
        return ""
    return _log_in(shell, words, oidc) if words[1] == "login" else shell.run(words)


def _log_in(shell: Shell, words: Sequence[str], oidc: OidcProvider) -> str:
    """As a person: read the code, and agree in a browser."""
    oidc.user("readme-ada", ["model-access-public"])
    child = shell.start(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stderr is not None
    said = ""
    while not (code := _CODE.search(said)):
        line = child.stderr.readline()
        assert line, said
        said += line
    oidc.approve(code[1], "readme-ada")
    said += child.stderr.read()
    assert child.wait(60) == 0, said
    assert "Logged in to" in said
    return said
