"""The token of a server without logins: kept for its user, and sent to that server alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.auth.own_token import OwnToken, keep_token, token_file, token_for
from hawk.errors import NotLoggedIn, Unavailable
from hawk.loopback import is_loopback


def test_it_stays_the_same_over_restarts_and_differs_by_address(tmp_path: Path) -> None:
    first = keep_token(tmp_path, "127.0.0.1", 8080)
    assert keep_token(tmp_path, "localhost", 8080) == first
    assert keep_token(tmp_path, "127.0.0.1", 8081) != first
    assert keep_token(tmp_path, "::1", 8080) != first
    assert all(stat.S_IMODE(one.stat().st_mode) == 0o600 for one in (tmp_path / "serve").iterdir())


def test_one_that_others_could_read_is_made_anew(tmp_path: Path) -> None:
    first = keep_token(tmp_path, "127.0.0.1", 1)
    path = token_file(tmp_path, "127.0.0.1", 1)
    path.chmod(0o640)
    second = keep_token(tmp_path, "127.0.0.1", 1)
    assert second != first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("left", ["", "\n", "\x00\xff"])
def test_a_file_with_nothing_in_it_is_no_token(tmp_path: Path, left: str) -> None:
    path = token_file(tmp_path, "127.0.0.1", 1)
    path.parent.mkdir()
    path.write_text(left, "latin-1")
    path.chmod(0o600)
    assert len(keep_token(tmp_path, "127.0.0.1", 1)) > 40


def test_a_home_that_takes_no_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "serve").write_text("")
    with pytest.raises(Unavailable, match="HAWK_HOME"):
        keep_token(tmp_path, "127.0.0.1", 1)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://127.0.0.1:80", True),
        ("http://127.0.0.1", True),
        ("http://127.0.0.1/", True),
        ("http://localhost", True),
        ("http://LOCALHOST:80/x", True),
        ("https://127.0.0.1:80", False),
        ("http://127.0.0.1:81", False),
        ("http://127.0.0.2", False),
        ("http://127.0.0.1@evil.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://evil.example:80/127.0.0.1", False),
        ("nonsense", False),
        ("http://[", False),
        ("http://127.0.0.1:99999", False),
    ],
)
def test_it_is_for_its_own_address(tmp_path: Path, url: str, found: bool) -> None:
    token = keep_token(tmp_path, "127.0.0.1", 80)
    assert (token_for(tmp_path, url) == token) is found


@given(st.text(max_size=60))
def test_any_text_may_be_asked_about(text: str) -> None:
    assert token_for(Path("/nowhere"), text) is None
    assert token_for(Path("/nowhere"), f"http://{text}") is None
    assert isinstance(is_loopback(text), bool)


@given(st.text(max_size=60))
async def test_nothing_but_the_token_is_taken(text: str) -> None:
    own = OwnToken("me", "t0ken")
    if text.strip() == "t0ken":
        return
    for given_header in (text, f"Bearer {text}", f"bearer {text}"):
        with pytest.raises(NotLoggedIn):
            await own.caller({"authorization": given_header})
    assert (await own.caller({"authorization": "bearer t0ken"})) is not None
