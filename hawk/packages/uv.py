"""Runs uv: found once, in a clean environment, and ended with everything that it started."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from hawk.errors import Unavailable

_NAMES = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP"}
    | {"NETRC", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
    | {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
    | {"CC", "CXX", "CPP", "AR", "LD", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "ARCHFLAGS", "RUSTFLAGS"}
    | {"LD_LIBRARY_PATH", "LIBRARY_PATH", "CPATH", "MAKEFLAGS", "SDKROOT", "MACOSX_DEPLOYMENT_TARGET"}
    | {"SOURCE_DATE_EPOCH", "NIX_LD", "NIX_LD_LIBRARY_PATH", "HAWK_JOB"}
)
_PREFIXES = (
    "UV_",
    "GIT_",
    "LC_",
    "XDG_",
    "CMAKE_",
    "CARGO_",
    "RUSTUP_",
    "CUDA_",
    "PKG_CONFIG",
    "SETUPTOOLS_",
)
_REFUSED = frozenset(
    {"UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_BREAK_SYSTEM_PACKAGES", "UV_REQUIRE_HASHES", "UV_PROJECT"}
    | {"UV_NO_INSTALLER_METADATA", "UV_PROJECT_ENVIRONMENT", "UV_WORKING_DIRECTORY"}
    | {"UV_PUBLISH_TOKEN", "UV_PUBLISH_USERNAME", "UV_PUBLISH_PASSWORD"}
    | {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"}
)
_OF_A_RESOLUTION = frozenset(
    {"UV_CONSTRAINT", "UV_OVERRIDE", "UV_EXCLUDE", "UV_EXCLUDE_NEWER", "UV_EXCLUDE_NEWER_PACKAGE"}
    | {"UV_PRERELEASE", "UV_RESOLUTION"}
)

_running: set[subprocess.Popen[str]] = set()


class UvFailed(Exception):
    """uv ended with an error. ``output`` is all that it said; ``timeout`` is set where it was ended."""

    def __init__(self, output: str, timeout: float | None = None) -> None:
        super().__init__(output)
        self.output = output
        self.timeout = timeout


class Streams(msgspec.Struct, frozen=True):
    """What uv wrote. With ``log`` given to :func:`run_uv`, all of it is in ``stderr``."""

    stdout: str
    stderr: str


def run_uv(
    arguments: Sequence[str],
    *,
    folder: Path,
    stdin: str | None = None,
    log: Callable[[str], None] | None = None,
    timeout: float | None = None,
    keep: Sequence[int] = (),
    resolving: bool = True,
) -> Streams:
    """Run uv in ``folder`` and wait for it.

    ``log`` gets its output line by line as it comes. ``keep`` are descriptors that uv inherits.
    ``resolving`` is False where versions are decided already, and no setting may have a say in them.
    Raises :class:`UvFailed`; whatever ends this call ends uv's whole process group as well.
    """
    command = [find_uv(), *arguments, "--color", "never", "--no-progress"]
    process: subprocess.Popen[str] | None = None
    try:
        with _signals_later():
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=uv_environment(os.environ, resolving=resolving),
                stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT if log else subprocess.PIPE,
                text=True,
                errors="replace",
                process_group=0,
                pass_fds=keep,
            )
            _running.add(process)
        streams = _follow(process, log) if log else _collect(process, stdin, timeout)
        if process.returncode:
            raise UvFailed(streams.stderr or streams.stdout)
        return streams
    finally:
        if process is not None:
            _end(process)


def stop_uv() -> None:
    """End every uv that this process runs, with its children. For a signal handler or a watcher."""
    for process in tuple(_running):
        _kill_group(process)


def find_uv() -> str:
    """The path of uv: that of the PyPI package beside Hawk, else the one on PATH."""
    return _packaged_uv() or shutil.which("uv") or _no_uv()


def uv_environment(environ: Mapping[str, str], *, resolving: bool = True) -> dict[str, str]:
    """What uv and the builds under it may see: paths, proxies, compilers, uv's and git's own settings.

    A list of what passes, because a job's secrets may lie in the environment under any name.
    ``HAWK_JOB`` is how a supervisor finds what belongs to its job.
    """
    passed = {k: v for k, v in environ.items() if k in _NAMES or k.startswith(_PREFIXES)}
    refused = _REFUSED if resolving else _REFUSED | _OF_A_RESOLUTION
    return {k: v for k, v in passed.items() if k not in refused}


def _packaged_uv() -> str | None:
    try:
        import uv
    except ImportError:
        return None
    try:
        return os.fspath(uv.find_uv_bin())
    except FileNotFoundError:
        return None


def _no_uv() -> str:
    raise Unavailable(
        "uv was not found, and Hawk resolves and installs packages with it.",
        fix="Install it with `pip install uv`.",
    )


@contextmanager
def _signals_later() -> Generator[None]:
    """What SIGTERM and SIGINT do in this process waits: a uv that nobody knows yet would be left behind.

    Handlers run in the main thread alone, so in any other there is nothing to put off.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    handled = {number: handler for number, handler in before.items() if callable(handler)}
    for number in handled:
        signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for number, handler in handled.items():
            signal.signal(number, handler)
        for number in came:
            signal.raise_signal(number)


def _collect(process: subprocess.Popen[str], stdin: str | None, timeout: float | None) -> Streams:
    try:
        stdout, stderr = process.communicate(stdin, timeout)
    except subprocess.TimeoutExpired as error:
        _kill_group(process)
        _, stderr = process.communicate()
        raise UvFailed(stderr, timeout) from error
    return Streams(stdout, stderr)


def _follow(process: subprocess.Popen[str], log: Callable[[str], None]) -> Streams:
    lines: list[str] = []
    for line in process.stdout or ():
        lines.append(line)
        log(line.rstrip())
    process.wait()
    return Streams("", "".join(lines))


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        _kill_group(process)
        process.wait()
    _running.discard(process)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()


def _kill_group(process: subprocess.Popen[str]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
