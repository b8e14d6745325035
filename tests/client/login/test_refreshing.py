"""Refreshes: one at a time, kept before they are used, and nothing lost that need not be."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hawk.client.login.record import claims_of
from hawk.client.login.refreshing import fresh
from hawk.client.login.store import Logins
from hawk.errors import NotLoggedIn, Unavailable
from tests.client.login.conftest import logged_in
from tests.servers.oidc.provider import OidcProvider

SERVER = "http://127.0.0.1:1"


async def test_a_token_that_is_good_for_long_is_left_alone(oidc: OidcProvider, logins: Logins) -> None:
    login = logged_in(oidc, oidc.user("early"), SERVER, ends_in=301)
    assert await fresh(logins, login) is login


async def test_a_token_that_ends_within_five_minutes_is_replaced(oidc: OidcProvider, logins: Logins) -> None:
    login = logged_in(oidc, oidc.user("late", access_seconds=1800), SERVER, ends_in=299)
    logins.put(login)
    new = await fresh(logins, login)
    assert new.access_token != login.access_token
    assert new.refresh_token not in {None, login.refresh_token}
    assert new.lifetime == 1800
    assert 1700 < new.expires_at - time.time() <= 1800
    assert logins.find(SERVER) == new
    assert claims_of(new.access_token)["sub"] == "late"


@pytest.mark.parametrize(("left", "due"), [(16, False), (14, True)])
async def test_of_a_short_life_the_last_quarter_counts(
    oidc: OidcProvider, logins: Logins, left: float, due: bool
) -> None:
    login = logged_in(oidc, oidc.user("short-lived"), SERVER, ends_in=left, lifetime=60)
    logins.put(login)
    assert (await fresh(logins, login) != login) == due


async def test_many_at_once_refresh_once(own_oidc: OidcProvider, logins: Logins) -> None:
    login = logged_in(own_oidc, own_oidc.user("many"), SERVER, ends_in=1)
    logins.put(login)
    got = await asyncio.gather(*(fresh(logins, login) for _ in range(5)))
    assert {one.access_token for one in got} == {logins.find(SERVER, lambda _: True).access_token}  # pyright: ignore
    assert got[0].access_token != login.access_token


async def test_what_was_refused_is_replaced_though_it_looks_good(oidc: OidcProvider, logins: Logins) -> None:
    login = logged_in(oidc, oidc.user("refused"), SERVER, ends_in=3000)
    logins.put(login)
    new = await fresh(logins, login, refused=login.access_token)
    assert new.access_token != login.access_token
    again = await fresh(logins, login, refused=login.access_token)
    assert again == new, "another command had it replaced already"


async def test_a_provider_that_is_away_costs_nothing_while_the_token_lasts(
    own_oidc: OidcProvider, logins: Logins
) -> None:
    login = logged_in(own_oidc, own_oidc.user("away"), SERVER, ends_in=60)
    logins.put(login)
    own_oidc.trouble("/token", {"status": 503}, {"status": 503}, {"cut": True})
    assert await fresh(logins, login) == login
    with pytest.raises(Unavailable):
        await fresh(logins, login, refused=login.access_token)
    assert await fresh(logins, login) == login
    assert (await fresh(logins, login)).access_token != login.access_token


async def test_a_login_whose_refresh_is_refused_lasts_as_long_as_its_token(
    oidc: OidcProvider, logins: Logins
) -> None:
    oidc.user("used-up")
    good = logged_in(oidc, "used-up", SERVER, ends_in=60)
    logins.put(good)
    assert (await fresh(logins, good)).access_token != good.access_token
    logins.put(good)
    assert await fresh(logins, good) == good
    with pytest.raises(NotLoggedIn, match=r"expired.*hawk login"):
        await fresh(logins, good, refused=good.access_token)
    assert logins.find(SERVER) == good


async def test_where_nothing_can_be_kept_no_refresh_token_is_used_up(
    oidc: OidcProvider, logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = logged_in(oidc, oidc.user("read-only"), SERVER, ends_in=60)
    logins.put(login)
    with no_room(monkeypatch):
        assert await fresh(logins, login) == login
        with pytest.raises((Unavailable, OSError), match="No space left"):
            await fresh(logins, login, refused=login.access_token)
    assert (await fresh(logins, login)).access_token != login.access_token


@contextmanager
def no_room(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A disk that is full: files are made, and take nothing."""

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("hawk.client.login.file_vault.os.fsync", full)
        yield


async def test_a_login_that_is_gone_meanwhile_is_over(oidc: OidcProvider, logins: Logins) -> None:
    login = logged_in(oidc, oidc.user("gone"), SERVER, ends_in=1)
    with pytest.raises(NotLoggedIn, match="hawk login"):
        await fresh(logins, login)


async def test_a_provider_that_does_not_rotate_keeps_its_refresh_token(
    own_oidc: OidcProvider, logins: Logins
) -> None:
    login = logged_in(own_oidc, own_oidc.user("still"), SERVER, ends_in=1)
    logins.put(login)
    own_oidc.trouble("/token", {"status": 200, "body": {"access_token": "a.b.c", "expires_in": 100}})
    new = await fresh(logins, login)
    assert (new.access_token, new.refresh_token) == ("a.b.c", login.refresh_token)


async def test_a_good_answer_that_is_none_changes_nothing(own_oidc: OidcProvider, logins: Logins) -> None:
    login = logged_in(own_oidc, own_oidc.user("page"), SERVER, ends_in=60)
    logins.put(login)
    page = {"status": 200, "body": "<html>welcome to the hotel's network</html>"}
    own_oidc.trouble("/token", page, page)
    assert await fresh(logins, login) == login
    with pytest.raises(Unavailable):
        await fresh(logins, login, refused=login.access_token)
    assert logins.find(SERVER) == login
