"""What is kept of a login: by whom it can be read, and what becomes of what can't."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hawk.client.login.file_vault import Insecure
from hawk.client.login.record import Login
from hawk.client.login.store import Kept, Logins, decoded
from hawk.errors import NotLoggedIn

SERVER = "https://hawk.example.com"
TEXTS = st.text(max_size=30)
LOGINS = st.builds(
    Login,
    server=st.just(SERVER),
    issuer=TEXTS,
    client_id=TEXTS,
    token_endpoint=TEXTS,
    revocation_endpoint=st.none() | TEXTS,
    access_token=TEXTS,
    refresh_token=st.none() | TEXTS,
    expires_at=st.floats(0, 2e10),
    lifetime=st.floats(0, 1e6),
    robot=st.booleans(),
)


def login(**more: object) -> Login:
    values = {
        "server": SERVER,
        "issuer": "https://login.example.com",
        "client_id": "hawk-cli",
        "token_endpoint": "https://login.example.com/token",
        "access_token": "access-1",
        "refresh_token": "refresh-1",
        "expires_at": 1e10,
        "lifetime": 3600.0,
    }
    return Login(**{**values, **more})


def the_file(folder: Path) -> Path:
    (found,) = folder.glob("*.json")
    return found


def test_only_its_user_can_read_it(folder: Path, logins: Logins) -> None:
    logins.put(login())
    assert stat.S_IMODE(the_file(folder).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert logins.find(SERVER) == login()
    assert logins.find("https://other.example.com") is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o666])
def test_a_file_that_others_can_reach_is_refused(folder: Path, logins: Logins, mode: int) -> None:
    logins.put(login())
    the_file(folder).chmod(mode)
    with pytest.raises(Insecure, match="hawk login"):
        logins.find(SERVER)
    logins.put(login(access_token="access-2"))
    assert logins.find(SERVER) == login(access_token="access-2")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_somebody_else_is_refused(folder: Path, logins: Logins) -> None:
    logins.put(login())
    os.chown(the_file(folder), 12345, 12345)
    with pytest.raises(Insecure, match="another user"):
        logins.find(SERVER)


def test_a_link_is_not_followed(folder: Path, logins: Logins, tmp_path: Path) -> None:
    logins.put(login())
    kept = the_file(folder)
    elsewhere = kept.rename(tmp_path / "elsewhere")
    kept.symlink_to(elsewhere)
    with pytest.raises(Insecure, match="no file"):
        logins.find(SERVER)


def test_a_folder_that_others_can_look_into_is_closed(folder: Path, logins: Logins) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    logins.put(login())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_a_killed_command_left_is_no_login(folder: Path, logins: Logins) -> None:
    logins.put(login())
    left = the_file(folder).with_suffix(".new")
    left.write_bytes(b'{"logins": [{"server"')
    assert logins.find(SERVER) == login()
    logins.put(login(access_token="access-2"))
    assert not left.exists()
    assert logins.find(SERVER) == login(access_token="access-2")


def test_a_login_takes_the_place_of_its_older_self_alone(logins: Logins) -> None:
    other = login(issuer="https://other.example.com")
    logins.put(login())
    logins.put(other)
    logins.put(login(access_token="access-2"))
    assert logins.find(SERVER) == login(access_token="access-2")
    assert logins.find(SERVER, lambda one: one.issuer == other.issuer) == other
    logins.clear(SERVER)
    assert logins.find(SERVER) is None


async def test_a_spoilt_file_says_what_to_do_and_a_login_mends_it(folder: Path, logins: Logins) -> None:
    logins.put(login())
    the_file(folder).write_bytes(b"{")
    with pytest.raises(NotLoggedIn, match="hawk login"):
        logins.find(SERVER)
    logins.put(login())
    assert logins.find(SERVER) == login()


def test_a_login_is_not_printed() -> None:
    assert "access-1" not in f"{login()} {login()!r} {Kept((login(),))}"
    assert "refresh-1" not in f"{login()} {login()!r} {Kept((login(),))}"


@given(st.binary(max_size=300))
def test_any_bytes_are_logins_or_a_fault_with_a_fix(data: bytes) -> None:
    try:
        assert all(one.server == SERVER for one in decoded(data, SERVER, "here").logins)
    except NotLoggedIn as error:
        assert error.fix


@settings(deadline=None)
@given(st.lists(LOGINS, max_size=3, unique_by=lambda one: one.key))
def test_what_is_kept_comes_back(tmp_path_factory: pytest.TempPathFactory, given_logins: list[Login]) -> None:
    folder = tmp_path_factory.mktemp("logins")
    kept = Logins(folder)
    for one in given_logins:
        kept.put(one)
    assert kept.all(SERVER) == tuple(given_logins)


@given(LOGINS, st.floats(0, 2e10))
def test_a_token_that_is_not_due_is_valid(one: Login, now: float) -> None:
    assert one.is_due(now) or one.is_valid(now)
