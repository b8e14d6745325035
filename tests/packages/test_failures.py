"""What uv's words mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.errors import PackageProblem, Unavailable
from hawk.packages.failures import Failure, classify, package_error
from hawk.packages.redaction import redact
from hawk.packages.uv import UvFailed

FULL = "error: Failed to install: x.whl\n  cause: failed to write: No space left on device (os error 28)"
AUTH = (
    "error: Failed to download and build `x @ git+https://user:tok3n@github.com/a/b`\n"
    "  cause: Git operation failed\n"
    "         fatal: Authentication failed for 'https://github.com/a/b/'"
)
DNS = (
    "error: Git operation failed\n  cause: failed to clone\n"
    "         fatal: unable to access 'https://x:tok3n@h/': Could not resolve host: h"
)


@pytest.mark.parametrize(
    ("output", "kind"),
    [
        (FULL, Failure.DISK),
        (AUTH, Failure.ACCESS),
        (DNS, Failure.NETWORK),
        (
            "error: `https://p/x`\n cause: HTTP status server error (503 Service Unavailable)",
            Failure.NETWORK,
        ),
        (
            "error: No solution found\n  cause: Because x was not found in the package registry",
            Failure.NOT_FOUND,
        ),
        ("error: No solution found\n  cause: Because you require x==1 and x==2", Failure.CONFLICT),
        ("error: Failed to build `x`\n  cause: x was not found in the package registry", Failure.BUILD),
        ("error: something else", Failure.OTHER),
    ],
)
def test_kinds(output: str, kind: Failure) -> None:
    assert classify(output) == kind


@pytest.mark.parametrize(
    ("output", "error"), [(FULL, Unavailable), (DNS, Unavailable), (AUTH, PackageProblem)]
)
def test_only_what_may_pass_is_worth_a_retry(output: str, error: type[Exception]) -> None:
    made = package_error(UvFailed(output), "resolving the packages")
    assert type(made) is error
    assert "tok3n" not in str(made)


@given(st.text())
def test_any_output_makes_one_line(output: str) -> None:
    made = package_error(UvFailed(output), "resolving the packages")
    assert len(made.message) < 900
    assert made.fix


def test_only_a_submission_is_told_how_to_leave_it_to_the_runner() -> None:
    absent = UvFailed("error: x was not found in the package registry")
    assert "--skip" in str(package_error(absent, "resolving", submitting=True))
    assert "--skip" not in str(package_error(absent, "installing"))
    assert "--skip" not in str(package_error(UvFailed(FULL), "resolving", submitting=True))


WORDS = st.text(alphabet=st.characters(categories=["Lu", "Ll", "Nd"], max_codepoint=0x17F), min_size=1)


@given(WORDS, WORDS)
def test_no_password_survives(user: str, password: str) -> None:
    secret = f"s3-{password}"
    for url in (
        f"https://{user}:{secret}@host/x",
        f"git+https://{secret}@host/x",
        f"ssh://{user}:{secret}@host",
    ):
        assert secret not in redact(f"before {url} after")


def test_plain_addresses_and_ssh_users_stay() -> None:
    text = "git+ssh://git@github.com/a/b and https://index.example.com/simple and mail me@example.com"
    assert redact(text) == text
    assert redact("\x1b[31mred\x1b[0m") == "red"
