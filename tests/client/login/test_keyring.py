"""A login in the system's keyring: the real package, over a keyring of the test's own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from hawk.client.login.store import Logins
from tests.client.login.test_store import SERVER, login


class Drawer(KeyringBackend):
    """A keyring that another process can look into, and that may be locked."""

    priority = 9  # pyright: ignore
    file = Path()
    locked = False

    def get_password(self, service: str, username: str) -> str | None:
        return self._entries().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self.file.write_text(json.dumps({**self._entries(), f"{service} {username}": password}))

    def delete_password(self, service: str, username: str) -> None:
        entries = self._entries()
        del entries[f"{service} {username}"]
        self.file.write_text(json.dumps(entries))

    def _entries(self) -> dict[str, str]:
        if self.locked:
            raise KeyringLocked("The keyring is locked.")
        return json.loads(self.file.read_text()) if self.file.exists() else {}


@pytest.fixture
def drawer(tmp_path: Path) -> Iterator[Drawer]:
    before = keyring.get_keyring()
    made = Drawer()
    made.file = tmp_path / "keyring.json"
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


async def test_a_keyring_is_used_where_there_is_one(drawer: Drawer, folder: Path) -> None:
    logins = Logins(folder)
    async with logins.locked(SERVER):
        logins.put(login())
    assert logins.find(SERVER) == login()
    assert "refresh-1" in drawer.file.read_text()
    assert not list(folder.glob("*.json"))
    logins.clear(SERVER)
    assert logins.find(SERVER) is None
    assert "refresh-1" not in drawer.file.read_text()


async def test_a_login_in_a_file_moves_into_the_keyring(drawer: Drawer, folder: Path) -> None:
    drawer.locked = True
    logins = Logins(folder)
    async with logins.locked(SERVER):
        logins.put(login())
    drawer.locked = False
    assert logins.find(SERVER) == login()
    logins.put(login(access_token="access-2"))
    assert not list(folder.glob("*.json"))
    assert logins.find(SERVER) == login(access_token="access-2")


def test_a_locked_keyring_leaves_the_file(drawer: Drawer, folder: Path) -> None:
    drawer.locked = True
    logins = Logins(folder)
    logins.put(login())
    assert logins.find(SERVER) == login()
    assert list(folder.glob("*.json"))
    assert not drawer.file.exists()
    logins.clear(SERVER)
    assert logins.find(SERVER) is None


def test_a_machine_without_a_keyring_has_files(folder: Path) -> None:
    assert os.environ["PYTHON_KEYRING_BACKEND"].endswith("fail.Keyring")
    logins = Logins(folder)
    logins.put(login())
    assert list(folder.glob("*.json"))
