from __future__ import annotations

import asyncio
import errno
import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hawk.backends.execution.local.logpages import read_page
from hawk.backends.execution.local.supervisor.masking import Mask
from hawk.backends.execution.local.supervisor.output import LONGEST_LINE, OutputLog
from hawk.errors import Unavailable
from tests.backends.execution.local.harness import Local, until


def texts(folder: Path) -> list[str]:
    return [line.text for line in read_page(folder / "output.log").items]


def test_a_line_has_its_time_and_attempt(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    log = OutputLog(tmp_path, Mask([]))
    log.feed(2, b"one\ntw")
    log.feed(2, b"o\nthr")
    assert texts(tmp_path) == ["one", "two"]
    log.end(2)
    page = read_page(tmp_path / "output.log")
    assert [(line.attempt, line.text) for line in page.items] == [(2, "one"), (2, "two"), (2, "thr")]
    assert 0 <= (page.items[0].time - before).total_seconds() + 0.001 < 10
    first = (tmp_path / "output.log").read_text().splitlines()[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z 2 one", first)


def test_odd_bytes_are_kept_readable(tmp_path: Path) -> None:
    log = OutputLog(tmp_path, Mask([]))
    log.feed(1, b"\xff\xfe\n10%\r50%\r100%\ncrlf\r\n\n\xe2\x82\xac\n")
    assert texts(tmp_path) == ["\ufffd\ufffd", "100%", "crlf", "", "€"]


def test_long_lines_are_cut_and_secrets_on_the_cut_are_hidden(tmp_path: Path) -> None:
    secret = "S" + "e" * 30 + "t"
    log = OutputLog(tmp_path, Mask([secret]))
    text = ("x" * (LONGEST_LINE - 5) + secret) * 5
    for at in range(0, len(text), 1000):
        log.feed(1, text[at : at + 1000].encode())
    log.feed(1, b"\n")
    shown = texts(tmp_path)
    assert max(map(len, shown)) <= LONGEST_LINE
    assert "".join(shown) == text.replace(secret, "***")


@given(st.lists(st.binary(max_size=60), max_size=30), st.integers(1, 7))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_chunks_make_no_difference(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], size: int
) -> None:
    whole, chunked = tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("chunked")
    data = b"\n".join(lines) + b"\n"
    mask = Mask(["needle", "\x00\x01\x02\x03"])
    OutputLog(whole, mask).feed(1, data)
    log = OutputLog(chunked, mask)
    for at in range(0, len(data), size):
        log.feed(1, data[at : at + size])
    log.end(1)
    assert texts(whole) == texts(chunked)


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=30), max_size=40),
    st.integers(0, 50),
)
def test_last_lines_are_the_end_of_all_lines(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], last: int
) -> None:
    path = tmp_path_factory.mktemp("log") / "output.log"
    path.write_bytes(
        "".join(f"2024-01-01T00:00:00.000Z 1 {line}\n" for line in lines).encode() + b"half a li"
    )
    everything = read_page(path)
    assert [line.text for line in everything.items] == lines
    newest = read_page(path, last=last)
    assert newest.items == everything.items[-last:] if last else newest.items == ()
    assert newest.next == everything.next == path.stat().st_size - len("half a li")
    assert read_page(path, after=newest.next).items == ()


def test_pages_follow_each_other(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_text("".join(f"2024-01-01T00:00:00.000Z 1 {n}\n" for n in range(2_500)))
    sizes, numbers, cursor = [], [], 0
    while items := (page := read_page(path, after=cursor)).items:
        sizes.append(len(items))
        numbers += [int(line.text) for line in items]
        cursor = page.next
    assert (sizes, numbers) == ([1000, 1000, 500], list(range(2_500)))
    assert cursor == path.stat().st_size


def test_a_large_log_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    with path.open("wb") as file:
        file.truncate(1 << 36)
        file.seek(0, os.SEEK_END)
        file.write(b"\n2024-01-01T00:00:00.000Z 7 the last\n")
    assert [line.text for line in read_page(path, last=1).items] == ["the last"]


def test_damage_ends_no_reading(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_bytes(
        b"2024-01-01T00:00:00.000Z 3 good\n2024-01-0\n\n\xff\xff 1 x\n" + b"\0" * (3 << 20) + b"\nend\n"
    )
    cursor, seen = 0, []
    while (page := read_page(path, after=cursor)).next != cursor:
        cursor, seen = page.next, [*seen, *page.items]
    assert [line.text for line in seen[:3]] == ["good", "2024-01-0", ""]
    assert {line.attempt for line in seen[:3]} == {3}
    assert seen[-1].text.endswith("end")


def test_following_goes_on_over_a_restart(local: Local) -> None:
    local.launch(ends=[3, 3, 0], print=["begin {attempt}", "end {attempt}"])
    cursor, lines = 0, []

    def follow() -> bool:
        nonlocal cursor
        seen = local.observe()
        page = asyncio.run(local.backend.logs("job", after=cursor))
        cursor = page.next
        lines.extend(line.text for line in page.items if not line.text.startswith("hawk: "))
        return seen.state == "succeeded" and not page.items

    until(follow)
    assert lines == ["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 KiB; needs root, for it is mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs root and the right to mount a tmpfs")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(disk: Path) -> None:
    """Leave no byte free."""
    filler = os.open(disk / "filler", os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(filler, b"\0" * 4096):
            pass
    except OSError as error:
        assert error.errno == errno.ENOSPC
    finally:
        os.close(filler)


def test_a_full_disk_costs_output_and_no_evidence(small_disk: Path) -> None:
    local = Local(small_disk)
    try:
        local.launch(hold=True, ends=[0], print=["before"])
        local.wait(states={"running"})
        runner = local.runner()
        fill(small_disk)
        (small_disk / "go").touch()
        runner.terminate()
        until(lambda: not runner.is_running() or runner.status() == "zombie")
        assert local.observe().state in {"running", "starting"}
        (small_disk / "filler").unlink()
        (local.folder() / "go").touch()
        seen = local.wait()
        assert seen.state == "succeeded"
        assert [one.cause for one in seen.attempts] == ["killed by SIGTERM", None]
        assert [line.text for line in local.log() if "hawk:" not in line.text] == ["before", "before"]
    finally:
        local.end_all()


def test_a_launch_on_a_full_disk_is_refused_with_the_reason(small_disk: Path) -> None:
    local = Local(small_disk)
    fill(small_disk)
    with pytest.raises(Unavailable, match="No space left"):
        local.launch()
    (small_disk / "filler").unlink()
    local.launch()
    assert local.wait().state == "succeeded"


def test_the_log_says_what_a_full_disk_took(small_disk: Path) -> None:
    log = OutputLog(small_disk, Mask([]))
    log.feed(1, b"kept\n")
    fill(small_disk)
    log.feed(1, b"x" * 5000 + b"\ny\n")
    (small_disk / "filler").unlink()
    log.feed(1, b"again\n")
    shown = texts(small_disk)
    assert (shown[0], shown[-1]) == ("kept", "again")
    assert "lines are missing here: the disk was full" in shown[-2]
