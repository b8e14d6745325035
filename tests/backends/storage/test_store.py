"""Files behind one door: whole or not at all, never out of the folder, and faults in words."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hawk.backends.storage.faults import fault_of, storage_faults
from hawk.backends.storage.local import etag_of
from hawk.backends.storage.store import Entry, Storage, instance_id, open_storage
from hawk.errors import Conflict, HawkError, NotFound, Unavailable, UsageFault
from hawk.settings import load_settings
from tests.servers.s3 import S3

QUICK = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def local(tmp_path: Path) -> Storage:
    return Storage((tmp_path / "a b%20#ü").as_uri())


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest) -> Storage:
    if request.param == "local":
        return request.getfixturevalue("local")
    return Storage(request.getfixturevalue("s3"))


def run(work: Any) -> Any:
    return asyncio.run(work)


def test_what_is_put_is_got(storage: Storage) -> None:
    run(storage.put("a/b.txt", b"hello"))
    assert run(storage.get("a/b.txt")) == b"hello"
    assert run(storage.get_range("a/b.txt", 1, 3)) == b"ell"
    assert run(storage.get_range("a/b.txt", 3, 100)) == b"lo"
    run(storage.put("a/b.txt", b"other"))
    assert run(storage.get("a/b.txt")) == b"other"
    run(storage.delete("a/b.txt"))
    run(storage.delete("a/b.txt"))
    with pytest.raises(NotFound):
        run(storage.get("a/b.txt"))


@QUICK
@given(
    st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=12), st.binary(max_size=50)
)
def test_any_name_is_either_refused_or_works_throughout(storage: Storage, name: str, data: bytes) -> None:
    path = f"names/{name}/x.eval"
    try:
        run(storage.put(path, data))
    except HawkError:
        return
    assert run(storage.get(path)) == data
    assert path in {entry.path for entry in run(storage.list("names"))}
    assert run(storage.head(path)).size == len(data)
    run(storage.delete(path))


BAD_PATHS = ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/./b", "a/..", "a\0b", "a\nb", "/", "."]
CALLS: list[Callable[[Storage, str], Any]] = [
    lambda storage, path: storage.get(path),
    lambda storage, path: storage.get_range(path, 0, 1),
    lambda storage, path: storage.put(path, b""),
    lambda storage, path: storage.head(path),
    lambda storage, path: storage.delete(path),
]


@pytest.mark.parametrize("path", BAD_PATHS)
@pytest.mark.parametrize("call", CALLS)
def test_a_path_out_of_the_storage_is_refused(storage: Storage, call: Any, path: str) -> None:
    with pytest.raises(UsageFault):
        run(call(storage, path))


@pytest.mark.parametrize("prefix", ["..", "/etc", "a/../.."])
def test_a_listing_out_of_the_storage_is_refused(storage: Storage, prefix: str) -> None:
    with pytest.raises(UsageFault):
        run(storage.list(prefix))


def test_a_listing_is_of_one_folder_and_in_order(storage: Storage) -> None:
    for path in ("b/2", "b/1", "b/c/3", "bc/4", "a"):
        run(storage.put(path, path.encode()))
    assert [entry.path for entry in run(storage.list("b/"))] == ["b/1", "b/2", "b/c/3"]
    assert run(storage.list("b")) == run(storage.list("b/"))
    assert [entry.path for entry in run(storage.list())] == ["a", "b/1", "b/2", "b/c/3", "bc/4"]
    assert run(storage.list("none")) == []
    assert run(storage.list("a")) == []


def test_the_folders_of_a_folder(storage: Storage) -> None:
    for path in ("b/2", "b/c/3", "b/c/d/4", "b/a b%20/5", "bc/4", "a"):
        run(storage.put(path, b""))
    assert run(storage.folders()) == ["b", "bc"]
    assert run(storage.folders("b")) == run(storage.folders("b/")) == ["b/a b%20", "b/c"]
    assert run(storage.folders("none")) == []
    assert run(storage.folders("a")) == []
    with pytest.raises(UsageFault):
        run(storage.folders("../b"))


def test_the_files_directly_in_a_folder(storage: Storage) -> None:
    for path in ("b/2", "b/c/3", "bc/4", "a"):
        run(storage.put(path, b""))
    assert [entry.path for entry in run(storage.list(deep=False))] == ["a"]
    assert [entry.path for entry in run(storage.list("b", deep=False))] == ["b/2"]
    assert run(storage.list("none", deep=False)) == []


def test_a_link_is_no_folder(local: Storage) -> None:
    run(local.put("b/2", b""))
    (local.folder / "link").symlink_to(local.folder / "b")
    assert run(local.folders()) == ["b"]


def test_a_key_that_is_no_path_hides_its_own_folder_only(s3: str, s3_of_run: S3) -> None:
    storage = Storage(s3)
    for path in ("good/1.eval", "good/deep/2.eval", "bad/3.eval", "4"):
        run(storage.put(path, b"x"))
    bucket = s3.split("/")[2]
    place = f"{s3_of_run.endpoint}/{bucket}/{quote('a folder')}"
    httpx.put(f"{place}/bad//strange.eval", content=b"x").raise_for_status()
    assert [entry.path for entry in run(storage.list())] == ["4", "good/1.eval", "good/deep/2.eval"]
    assert [entry.path for entry in run(storage.list("good"))] == ["good/1.eval", "good/deep/2.eval"]
    assert run(storage.list("bad")) == []
    assert run(storage.folders()) == ["bad", "good"]


def test_a_mark_of_a_folder_is_no_file_in_it(s3: str, s3_of_run: S3) -> None:
    storage = Storage(s3)
    run(storage.put("set/1.eval", b"x"))
    place = f"{s3_of_run.endpoint}/{s3.split('/')[2]}/{quote('a folder')}"
    httpx.put(f"{place}/set/", content=b"").raise_for_status()
    assert [entry.path for entry in run(storage.list("set"))] == ["set/1.eval"]


async def streamed(storage: Storage, path: str, **options: Any) -> list[bytes]:
    return [piece async for piece in storage.stream(path, **options)]


@pytest.mark.parametrize("create", [True, False])
def test_a_large_file_is_put_and_streamed(storage: Storage, tmp_path: Path, create: bool) -> None:
    body = os.urandom(12_000_000)
    (tmp_path / "large").write_bytes(body)
    run(storage.put_file("x/large", tmp_path / "large", create=create))
    pieces = run(streamed(storage, "x/large"))
    assert b"".join(pieces) == body
    assert len(pieces) > 1
    etag = run(storage.head("x/large")).etag
    assert (
        b"".join(run(streamed(storage, "x/large", etag=etag, start=5, length=7_000_000))) == body[5:7_000_005]
    )
    assert b"".join(run(streamed(storage, "x/large", start=11_000_000))) == body[11_000_000:]
    assert run(streamed(storage, "x/large", length=0)) == []
    assert [entry.path for entry in run(storage.list())] == ["x/large"]
    assert (tmp_path / "large").exists()


def test_a_file_is_put_once_where_that_is_asked(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"")
    run(storage.put_file("a", tmp_path / "one", create=True))
    with pytest.raises(Conflict):
        run(storage.put_file("a", tmp_path / "one", create=True))
    (tmp_path / "one").write_bytes(b"more")
    run(storage.put_file("a", tmp_path / "one"))
    assert run(streamed(storage, "a")) == [b"more"]
    with pytest.raises(NotFound, match=str(tmp_path / "none")):
        run(storage.put_file("b", tmp_path / "none"))


def test_a_version_that_is_gone_is_not_streamed(storage: Storage) -> None:
    run(storage.put("a", b"one"))
    etag = run(storage.head("a")).etag
    run(storage.put("a", b"two!"))
    with pytest.raises(Conflict):
        run(streamed(storage, "a", etag=etag))
    with pytest.raises(NotFound, match="shorter"):
        run(streamed(storage, "a", start=10))
    with pytest.raises(NotFound, match="no "):
        run(streamed(storage, "none"))


def test_a_strange_file_does_not_hide_the_others(local: Storage) -> None:
    storage = local
    run(storage.put("set/good.eval", b"x"))
    folder = os.fsencode(storage.folder) + b"/set/"
    for name in (b"new\nline", b"latin\xff", b"being written#123", b"del\x7f"):
        Path(os.fsdecode(folder + name)).write_bytes(b"")
    (storage.folder / "set" / "broken").symlink_to("nowhere")
    (storage.folder / "set" / "loop").symlink_to(storage.folder / "set")
    os.mkfifo(storage.folder / "set" / "pipe")
    assert [entry.path for entry in run(storage.list())] == ["set/good.eval"]


def test_a_listing_and_a_head_say_the_same(storage: Storage) -> None:
    run(storage.put("a", b"hello"))
    (listed,) = run(storage.list())
    head: Entry = run(storage.head("a"))
    assert (head.path, head.size, head.etag) == (listed.path, listed.size, listed.etag)
    assert abs(head.modified - listed.modified).total_seconds() < 1


def test_the_etag_of_a_listing_is_the_stores(local: Storage) -> None:
    run(local.put("a", b"hello"))
    assert run(local.head("a")).etag == etag_of((local.folder / "a").stat())


def test_a_version_that_is_gone_is_not_read(storage: Storage) -> None:
    run(storage.put("a", b"one"))
    etag = run(storage.head("a")).etag
    assert run(storage.get_range("a", 0, 1, etag=etag)) == b"o"
    run(storage.put("a", b"two"))
    for work in (storage.get("a", etag=etag), storage.get_range("a", 0, 1, etag=etag)):
        with pytest.raises(Conflict):
            run(work)


def test_a_file_is_made_once(storage: Storage) -> None:
    async def both() -> list[Any]:
        work = (storage.put("x/a", str(at).encode(), create=True) for at in range(20))
        return await asyncio.gather(*work, return_exceptions=True)

    told = run(both())
    assert sum(one is None for one in told) == 1
    assert all(isinstance(one, Conflict) for one in told if one is not None)
    assert run(storage.get("x/a")) == str(told.index(None)).encode()


def test_of_writers_that_saw_one_version_one_wins(storage: Storage) -> None:
    run(storage.put("a", b"start"))
    etag = run(storage.head("a")).etag

    async def both() -> list[Any]:
        work = (storage.put("a", f"writer {at}".encode(), if_match=etag) for at in range(20))
        return await asyncio.gather(*work, return_exceptions=True)

    told = run(both())
    assert sum(one is None for one in told) == 1
    assert run(storage.get("a")) == f"writer {told.index(None)}".encode()
    with pytest.raises(Conflict):
        run(storage.put("none", b"", if_match=etag))
    assert [entry.path for entry in run(storage.list())] == ["a"], "nothing is left lying about"


def test_a_reader_never_sees_half_a_file(storage: Storage) -> None:
    bodies = [bytes([at]) * 200_000 for at in range(10)]

    async def main() -> None:
        await storage.put("a", bodies[0])
        writing = asyncio.gather(*(storage.put("a", body) for body in bodies))
        while not writing.done():
            assert await storage.get("a") in bodies
        await writing

    run(main())


def test_a_range_behind_the_end_says_that_the_file_is_shorter(storage: Storage) -> None:
    run(storage.put("a", b"x"))
    with pytest.raises(NotFound, match="shorter"):
        run(storage.get_range("a", 10, 5))
    assert run(storage.get_range("a", 0, 0)) == b""


def test_a_full_disk_is_told() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with (
        pytest.raises(Unavailable, match="disk that holds here is full") as caught,
        storage_faults("here"),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"x")
    assert caught.value.fix == "Free some space and try again."


PUT = """
import asyncio, sys
from hawk.backends.storage.store import Storage
from hawk.errors import Unavailable
try:
    asyncio.run(Storage(sys.argv[1]).put("a/b", b""))
except Unavailable as error:
    print(error)
"""


def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    command = [sys.executable, "-c", PUT, folder.as_uri()]
    if os.getuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may write anywhere, and there is no setpriv to give that up")
        command = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override", *command]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "may not be read or written by this user" in told.stdout
    assert "HAWK_STORAGE" in told.stdout


def test_a_root_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HawkError, match="file"):
        Storage((tmp_path / "file" / "storage").as_uri())


def test_the_stores_own_words_are_the_last_resort() -> None:
    told = fault_of("s3://bucket", None, "Generic S3 error: no region\n\nDebug source: …")
    assert told.message == "The storage can't be used at s3://bucket: Generic S3 error: no region."


def test_a_url_is_what_other_tools_take(storage: Storage) -> None:
    assert storage.url("set/a b.eval") == f"{storage.root}/set/a%20b.eval"


def test_an_installation_has_one_id(storage: Storage) -> None:
    async def many() -> list[str]:
        return await asyncio.gather(*(instance_id(storage) for _ in range(10)))

    (found,) = set(run(many()))
    assert run(instance_id(storage)) == found
    run(storage.put("instance.json", b"nonsense"))
    with pytest.raises(UsageFault, match="not what Hawk wrote"):
        run(instance_id(storage))


def test_the_evals_folder_may_lie_elsewhere(tmp_path: Path) -> None:
    plain = load_settings({"HAWK_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)})
    places = open_storage(plain)
    run(places.evals.put("set/x.eval", b"1"))
    assert run(places.root.get("evals/set/x.eval")) == b"1"
    moved = load_settings(
        {
            "HAWK_HOME": str(tmp_path / "home"),
            "HOME": str(tmp_path),
            "INSPECT_LOG_ROOT_DIR": str(tmp_path / "d" / "logs"),
        }
    )
    places = open_storage(moved)
    run(places.evals.put("set/x.eval", b"2"))
    assert (tmp_path / "d" / "logs" / "set" / "x.eval").read_bytes() == b"2"
    assert run(places.root.get("logs/set/x.eval")) == b"2"
