"""Where settings come from, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from hawk.errors import HawkError, InvalidConfig
from hawk.settings import load_settings, local_folder, setting_sources


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"HAWK_HOME": str(tmp_path / "home"), "XDG_CONFIG_HOME": str(tmp_path / "config")}


def write(env: dict[str, str], text: str | bytes) -> Path:
    path = Path(env["XDG_CONFIG_HOME"]) / "hawk" / "hawk.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_the_environment_wins_over_the_file_and_the_file_over_defaults(env: dict[str, str]) -> None:
    write(env, 'server = "https://a"\nbackend = "docker"\n[local]\nmax_running = 3\n')
    assert load_settings(env).server == "https://a"
    found = load_settings({**env, "HAWK_API_URL": "https://b"})
    assert (found.server, found.backend) == ("https://b", "docker")
    assert (found.local.max_running, found.local.max_restarts) == (3, 3)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('servr = "x"', "there is no setting `servr`"),
        ("[local]\nmax_runing = 1", "max_runing"),
        ("[local]\nmax_running = 0", "local.max_running"),
        ('[local]\nmax_running = "two"', "local.max_running"),
        ("[local]\nstop_grace = -1", "local.stop_grace"),
        ("local = 3", "local"),
        ("[worker]\nconcurrency = 0", "worker.concurrency"),
        ("[worker]\npoll = 1", "there is no setting `poll`"),
        ("[events]\nsqs = 3", "events"),
        ('[prices."a/b"]\ninput = 1', "output"),
        ('[prices."a/b"]\ninput = -1\noutput = 1', "prices"),
        ('[prices."a/b"]\ninput = 1\noutput = 1\nreasoning = 1', "reasoning"),
        ("prices = 3", "prices"),
        ("storage = 3", "storage"),
        ('config_home = "/x"', "config_home"),
        ("= 3", "is not TOML"),
        (b"server = '\xff'", "is not UTF-8"),
        ('home = "~nobody-has-this-name/x"', "home folder"),
    ],
)
def test_a_wrong_file_is_told_with_the_key(env: dict[str, str], text: str | bytes, told: str) -> None:
    path = write(env, text)
    with pytest.raises(InvalidConfig, match=told) as caught:
        load_settings({"XDG_CONFIG_HOME": env["XDG_CONFIG_HOME"]})
    assert str(path) in caught.value.message or "home folder" in told


def test_a_file_that_is_named_must_be_there_and_be_a_file(env: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match="HAWK_CONFIG"):
        load_settings({**env, "HAWK_CONFIG": str(tmp_path / "none.toml")})
    with pytest.raises(InvalidConfig, match="can't be read"):
        load_settings({**env, "HAWK_CONFIG": str(tmp_path)})


def test_paths_of_the_file_are_relative_to_it_and_those_of_the_environment_to_the_working_folder(
    env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(env, 'home = "here"\nstorage = "files"\n').parent
    monkeypatch.chdir(tmp_path)
    found = load_settings({"XDG_CONFIG_HOME": env["XDG_CONFIG_HOME"]})
    assert (found.home, local_folder(found.storage_url)) == (folder / "here", folder / "files")
    found = load_settings({**env, "HAWK_HOME": "a", "HAWK_STORAGE": "b"})
    monkeypatch.chdir("/")
    assert (found.home, local_folder(found.storage_url)) == (tmp_path / "a", tmp_path / "b")
    found = load_settings({**env, "HAWK_HOME": "~/x"})
    assert found.home == Path.home() / "x"


@pytest.mark.parametrize(
    ("root", "evals", "storage"),
    [
        ("s3://bucket/evals", "s3://bucket/evals", "s3://bucket"),
        ("s3://bucket/a/evals/", "s3://bucket/a/evals", "s3://bucket/a"),
        ("/data/my logs/é", "file:///data/my%20logs/%C3%A9", "file:///data/my%20logs"),
        ("/data/logs/", "file:///data/logs", "file:///data"),
    ],
)
def test_the_folder_of_logs_takes_its_neighbours_along(
    env: dict[str, str], root: str, evals: str, storage: str
) -> None:
    found = load_settings({**env, "INSPECT_LOG_ROOT_DIR": root})
    assert (found.evals_url, found.storage_url) == (evals, storage)


@pytest.mark.parametrize("root", ["s3://bucket", "s3://bucket/", "/", "/evals", "file:///"])
def test_logs_at_a_root_are_refused(env: dict[str, str], root: str) -> None:
    with pytest.raises(InvalidConfig, match="beside"):
        load_settings({**env, "INSPECT_LOG_ROOT_DIR": root})


@pytest.mark.parametrize("root", ["s3://bucket/a#b", "s3://bucket/a%20b/evals", "s3://bucket/a?b"])
@pytest.mark.parametrize("name", ["HAWK_STORAGE", "INSPECT_LOG_ROOT_DIR"])
def test_urls_that_would_be_read_as_something_else_are_refused(
    env: dict[str, str], root: str, name: str
) -> None:
    with pytest.raises(InvalidConfig, match="no letter of a folder's name"):
        load_settings({**env, name: root})
    assert load_settings({**env, name: "s3://bucket/a b/evals"}).storage_url.startswith("s3://bucket/a b")


def test_each_setting_tells_where_it_comes_from(env: dict[str, str]) -> None:
    path = str(write(env, 'home = "here"\nbackend = "docker"\n[local]\nmax_running = 3\n'))
    beneath = {"XDG_CONFIG_HOME": env["XDG_CONFIG_HOME"], "XDG_DATA_HOME": "/x"}
    found = setting_sources(beneath)
    assert (found["home"], found["backend"], found["local.max_running"]) == (path, path, path)
    assert (found["server"], found["local.max_restarts"]) == ("default", "default")
    write(env, "[worker]\npoll_seconds = 1\n[events.sqs]\nqueue_url = 'x'\n")
    found = setting_sources(beneath)
    assert (found["worker.poll_seconds"], found["events.sqs.queue_url"]) == (path, path)
    assert found["worker.concurrency"] == "default"
    write(env, 'home = "here"\nbackend = "docker"\n')
    found = setting_sources({**env, "HAWK_BACKEND": "local"})
    assert (found["home"], found["backend"]) == ("HAWK_HOME", "HAWK_BACKEND")
    write(env, "")
    assert setting_sources(beneath)["home"] == "XDG_DATA_HOME"


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
@examples(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_file_is_settings_or_an_error_in_words(env: dict[str, str], text: bytes) -> None:
    write(env, text)
    try:
        load_settings(env)
    except HawkError as error:
        assert "hawk.toml" in error.message


@given(
    name=st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=20)
)
@examples(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_folders_name_survives_its_url(env: dict[str, str], tmp_path: Path, name: str) -> None:
    folder = tmp_path / f"x{name}x"
    found = load_settings({**env, "HAWK_HOME": str(folder)})
    assert local_folder(found.storage_url) == folder / "storage"
    assert found.database_url == f"sqlite:///{folder}/hawk.db"
