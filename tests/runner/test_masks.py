from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.backends.execution.local.supervisor.masking import Mask as LogMask
from hawk.backends.execution.local.supervisor.masking import is_secret
from hawk.runner.secrets import Mask

SECRETS = st.text(st.sampled_from("abcé'\"\\\n \t*"), min_size=4, max_size=12)


@pytest.mark.parametrize(
    "secret", ['it\'s-"quo\\ted"-4711', 'quo"ted-4711', "it's-4711", "pä\\ss-4711", 'pä"ss-4711']
)
@pytest.mark.parametrize(
    "written",
    [
        lambda secret: f"no server for {secret}",
        repr,
        lambda secret: str(KeyError(f"{secret} isn't one")),
        lambda secret: repr(f'it isn\'t "{secret}"'),
        lambda secret: json.dumps({"key": secret}),
        lambda secret: json.dumps({"key": secret}, ensure_ascii=False),
    ],
)
def test_a_reason_hides_a_secret_however_python_quotes_it(secret, written) -> None:
    assert "4711" in written(secret)
    assert "4711" not in Mask([secret]).hide(written(secret))
    assert b"4711" not in LogMask([secret]).hide(written(secret).encode())


@given(st.lists(SECRETS, max_size=3), st.lists(st.text(max_size=10), max_size=4), st.data())
def test_the_runner_hides_what_the_log_hides(
    secrets: list[str], texts: list[str], data: st.DataObject
) -> None:
    """One is a supervisor's, which imports nothing of Hawk; they are two, and know the same forms."""
    text = "|".join(
        data.draw(st.permutations([*texts, *secrets, *map(json.dumps, secrets), *map(repr, secrets)]))
    )
    hidden = Mask(secrets).hide(text)
    assert hidden.replace("[secret]", "***") == LogMask(secrets).hide(text.encode()).decode()


def test_a_plain_word_stays() -> None:
    assert not is_secret("true")
    assert Mask(["true"]).hide("it is true") == "it is true"


@pytest.mark.parametrize("before", range(270, 300, 7))
def test_a_secret_at_the_end_of_a_shortened_reason_is_not_halved(before: int) -> None:
    from inspect_ai.log import EvalConfig, EvalDataset, EvalError, EvalLog, EvalSpec

    from hawk.runner.summary import reason_of

    spec = EvalSpec(
        created="2026-11-24T10:00:00Z", task="sums", dataset=EvalDataset(), model="m", config=EvalConfig()
    )
    error = EvalError(message=f"{'-' * before} sesame-4711 {'-' * 300}", traceback="", traceback_ansi="")
    reason = reason_of([EvalLog(eval=spec, status="error", error=error)], Mask(["sesame-4711"]).hide)
    assert reason is not None
    assert "…" in reason
    assert "ses" not in reason
