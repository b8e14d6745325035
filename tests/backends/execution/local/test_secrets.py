from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.backends.execution.local.supervisor.masking import Mask, is_secret
from hawk.backends.execution.protocol import TerminalSize
from tests.backends.execution.local.harness import Local

VALUE = "sk-0123456789-very-secret"


@pytest.mark.parametrize("terminal", [None, TerminalSize(24, 80)])
def test_a_secret_is_in_no_file_and_no_process(
    make_local: Callable[..., Local], monkeypatch: pytest.MonkeyPatch, terminal: TerminalSize | None
) -> None:
    monkeypatch.setenv("API_KEY", VALUE)
    local = make_local(max_running=1)
    local.launch(
        secrets={"API_KEY": VALUE, "PEM": f"-----BEGIN\n{VALUE}line2\n-----END"},
        terminal=terminal,
        hold=True,
        ends=[3, 0],
        print=["the key is {API_KEY}!", "{PEM}"],
        spawn=["child"],
    )
    local.launch("waiting", secrets={"API_KEY": VALUE})
    local.wait(states={"running"})
    for process in local.processes() + local.processes("waiting"):
        assert VALUE not in " ".join(process.cmdline())
        assert VALUE.encode() not in Path(f"/proc/{process.pid}/environ").read_bytes()
    (local.folder() / "go").touch()
    assert local.wait().state == "succeeded"
    local.wait("waiting")
    assert local.left("secrets-1").keys() == {"API_KEY", "PEM"}
    for path in local.home.rglob("*"):
        assert not path.is_file() or VALUE.encode() not in path.read_bytes(), path
    if terminal is None:
        assert local.log()[0].text == "the key is ***!"


def test_a_secret_does_not_reach_other_processes(local: Local) -> None:
    """Not even while it is handed over: nothing but the supervisor and the runner holds the pipe."""
    local.launch(secrets={"BIG": VALUE * 10_000}, hold=True, spawn=["setsid"])
    local.wait(states={"running"})
    runner = local.runner()
    for child in runner.children(recursive=True):
        assert VALUE not in str(psutil.Process(child.pid).environ())


@given(
    secrets=st.lists(st.text(min_size=4, max_size=20), max_size=4),
    texts=st.lists(st.text(max_size=20), max_size=6),
    data=st.data(),
)
def test_no_masked_text_holds_a_secret(secrets: list[str], texts: list[str], data: st.DataObject) -> None:
    mask = Mask(secrets)
    known = [one for one in secrets if is_secret(one) and "*" not in one]
    text = "|".join(data.draw(st.permutations([*texts, *known])))
    hidden = mask.hide(text.encode()).decode()
    assert not [secret for secret in known if secret in hidden]


@pytest.mark.parametrize(
    ("value", "text", "shown"),
    [
        ("hunter22", "pw=hunter22;", "pw=***;"),
        ("hunter22\n", "pw=hunter22;", "pw=***;"),
        ("abc", "abc", "abc"),
        ("true", "it is true", "it is true"),
        ('quo"ted', '{"k": "quo\\"ted"}', '{"k": "***"}'),
        ("a\\b\\c", "path 'a\\\\b\\\\c'", "path '***'"),
        ("first-line\nsecond-line", "> second-line <", "> *** <"),
        ("pässwörd", "pässwörd", "***"),
        ("longer-secret", "longer-secret", "***"),
    ],
)
def test_what_is_hidden(value: str, text: str, shown: str) -> None:
    assert Mask([value, "longer"]).hide(text.encode()).decode() == shown
