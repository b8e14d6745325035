"""Which access tokens are taken, and what is said of those that are not."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import time

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OKPKey, RSAKey

from hawk.auth.oidc import keys, provider
from tests.auth.conftest import bearer
from tests.auth.issuer import Issuer

WHO = "/api/auth/whoami"


async def told(http: httpx.AsyncClient, token: str) -> httpx.Response:
    return await http.get(WHO, headers=bearer(token))


async def refused(http: httpx.AsyncClient, token: str) -> str:
    """What is said of a token that is refused."""
    answer = await told(http, token)
    assert answer.status_code == 401, answer.text
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer realm="hawk", error="invalid_token", error_description="')
    assert answer.json()["detail"].replace('"', "") in challenge
    assert answer.json()["fix"]
    return answer.json()["detail"]


async def test_a_token_says_who_asks(http: httpx.AsyncClient, issuer: Issuer) -> None:
    token = issuer.token(email="ada@example.com", permissions=["model-access-a", "b-models"])
    answer = await told(http, token)
    assert answer.status_code == 200
    told_of = answer.json()
    assert (told_of["name"], told_of["subject"]) == ("ada@example.com", "u-1")
    assert told_of["groups"] == ["model-access-a", "model-access-b"]
    assert told_of["admin"] is False
    assert (await told(http, issuer.token(permissions="hawk-admins x"))).json()["admin"] is True


async def test_without_a_token_nothing_is_told_but_how_to_say_who_asks(http: httpx.AsyncClient) -> None:
    answer = await http.get(WHO)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="hawk"')
    assert answer.json()["type"] == "urn:hawk:NotLoggedIn"


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"exp": -3600.0}, "has expired"),
        ({"nbf": 3600.0}, "not valid yet"),
        ({"iat": 3600.0}, "not valid yet"),
        ({"aud": "https://other"}, "another service"),
        ({"aud": ["https://other", "x"]}, "another service"),
        ({"aud": None}, "another service"),
        ({"iss": "https://evil.example"}, "Another login provider"),
        ({"iss": None}, "Another login provider"),
        ({"exp": None}, "when it ends"),
        ({"exp": "soon"}, "when it ends"),
        ({"sub": None}, "names no user"),
        ({"sub": ""}, "names no user"),
        ({"sub": "a\x00b"}, "names no user"),
        ({"sub": 7}, "names no user"),
    ],
    ids=str,
)
async def test_a_claim_that_is_wrong_is_named(
    http: httpx.AsyncClient, issuer: Issuer, claims: dict[str, object], said: str
) -> None:
    at = int(time.time())
    times = {name: at + int(value) for name, value in claims.items() if isinstance(value, float)}
    assert said in await refused(http, issuer.token(**{**claims, **times}))


async def test_one_of_several_audiences_is_enough(http: httpx.AsyncClient, issuer: Issuer) -> None:
    token = issuer.token(aud=["https://other", "https://api.hawk.test"])
    assert (await told(http, token)).status_code == 200


async def test_clocks_may_differ_a_little(http: httpx.AsyncClient, issuer: Issuer) -> None:
    now = int(time.time())
    assert (await told(http, issuer.token(exp=now - 10))).status_code == 200
    assert (await told(http, issuer.token(nbf=now + 10, iat=now + 10))).status_code == 200


async def test_a_token_that_was_taken_is_refused_when_it_ends(
    http: httpx.AsyncClient, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = issuer.token()
    assert (await told(http, token)).status_code == 200
    later = time.time() + 700
    monkeypatch.setattr(time, "time", lambda: later)
    assert "expired" in await refused(http, token)


def unsigned(issuer: Issuer) -> str:
    parts = [{"alg": "none", "kid": "first"}, {"iss": issuer.url, "sub": "u-1"}]
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().strip("=") for one in parts)
        + "."
    )


async def test_a_token_without_a_signature_is_refused(http: httpx.AsyncClient, issuer: Issuer) -> None:
    assert "`alg`" in await refused(http, unsigned(issuer))
    head, body, _ = issuer.token().split(".")
    assert "signature" in await refused(http, f"{head}.{body}.")


async def test_the_public_key_is_no_shared_secret(http: httpx.AsyncClient, issuer: Issuer) -> None:
    public = issuer.keys["first"].as_pem(private=False)  # pyright: ignore[reportAttributeAccessIssue]
    for secret in (public, public.strip()):
        head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"first"}').rstrip(b"=")
        signed = head + b"." + issuer.token().split(".")[1].encode()
        signature = base64.urlsafe_b64encode(hmac.new(secret, signed, "sha256").digest()).rstrip(b"=")
        assert "`alg`" in await refused(http, (signed + b"." + signature).decode())


async def test_a_signature_of_somebody_elses_is_refused(http: httpx.AsyncClient, issuer: Issuer) -> None:
    stranger = RSAKey.generate_key(2048, private=True)
    assert "signature" in await refused(http, issuer.token(key=stranger))
    head, body, signature = issuer.token().split(".")
    other = issuer.token(permissions=["hawk-admins"]).split(".")[1]
    assert "signature" in await refused(http, f"{head}.{other}.{signature}")
    assert body != other


async def test_a_key_in_the_header_is_not_asked(http: httpx.AsyncClient, issuer: Issuer) -> None:
    from joserfc import jwt

    stranger = RSAKey.generate_key(2048, {"kid": "mine"}, private=True)
    header = {"alg": "RS256", "kid": "mine", "jwk": stranger.as_dict(private=False)}
    claims = {"iss": issuer.url, "aud": "https://api.hawk.test", "sub": "u-1", "exp": int(time.time()) + 60}
    assert "`kid`" in await refused(http, jwt.encode(header, claims, stranger))


async def test_other_kinds_of_keys_sign_as_well(http: httpx.AsyncClient, issuer: Issuer) -> None:
    issuer.add_key("curve", ECKey.generate_key("P-256", {"kid": "curve"}, private=True))
    issuer.add_key("edwards", OKPKey.generate_key("Ed25519", {"kid": "edwards"}, private=True))
    for kid, alg in (("first", "PS256"), ("curve", "ES256"), ("edwards", "EdDSA")):
        assert (await told(http, issuer.token(kid=kid, alg=alg))).status_code == 200, alg
    assert "`alg`" in await refused(http, issuer.token(alg="RS512"))


async def test_a_key_of_another_kind_checks_nothing(http: httpx.AsyncClient, issuer: Issuer) -> None:
    issuer.add_key("curve", ECKey.generate_key("P-256", {"kid": "curve"}, private=True))
    forged = issuer.token(kid="curve", key=issuer.keys["first"])
    assert "`kid`" in await refused(http, forged)


async def test_without_a_kid_the_one_key_is_meant(http: httpx.AsyncClient, issuer: Issuer) -> None:
    assert (await told(http, issuer.token(kid=None))).status_code == 200
    issuer.add_key("second")
    assert "`kid`" in await refused(http, issuer.token(kid="third", key=issuer.keys["second"]))


@pytest.mark.parametrize(
    "said",
    ["Basic YTpi", "Bearer", "Bearer ", "Token x", "x" * 40_000, "Bearer a.b.c", "Bearer ..", "Bearer \xff"],
)
async def test_what_is_no_token_is_refused(http: httpx.AsyncClient, said: str) -> None:
    answer = await http.get(WHO, headers={"Authorization": said.encode("latin-1")})
    assert answer.status_code == 401, answer.text
    assert "error=" in answer.headers["www-authenticate"]


# --- keys that come and go


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys may be fetched again at once."""
    monkeypatch.setattr(keys, "RETRY_AFTER", 0.0)
    monkeypatch.setattr(provider, "RETRY_AFTER", 0.0)


async def test_a_new_key_is_found_and_an_old_one_forgotten(
    http: httpx.AsyncClient, issuer: Issuer, impatient: None
) -> None:
    before = issuer.token()
    assert (await told(http, before)).status_code == 200
    issuer.add_key("second")
    assert (await told(http, issuer.token(kid="second"))).status_code == 200
    assert (await told(http, before)).status_code == 200
    del issuer.keys["first"]
    issuer.add_key("third")
    assert (await told(http, issuer.token(kid="third"))).status_code == 200
    assert "`kid`" in await refused(http, before)


async def test_a_flood_of_unknown_keys_is_one_question(http: httpx.AsyncClient, issuer: Issuer) -> None:
    assert (await told(http, issuer.token())).status_code == 200
    stranger = RSAKey.generate_key(2048, private=True)
    flood = [issuer.token(kid=f"k{n}", key=stranger) for n in range(50)]
    answers = await asyncio.gather(*(told(http, token) for token in flood), told(http, issuer.token(jti="x")))
    assert [answer.status_code for answer in answers] == [401] * 50 + [200]
    assert issuer.asked["/keys"] == 1


async def test_keys_at_hand_outlive_the_provider(
    http: httpx.AsyncClient, issuer: Issuer, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await told(http, issuer.token())).status_code == 200
    issuer.down = True
    monkeypatch.setattr(keys, "FRESH", 0.0)
    for n in range(3):
        assert (await told(http, issuer.token(jti=str(n)))).status_code == 200
        await asyncio.sleep(0.05)
    assert issuer.asked["/keys"] > 1
    answer = await told(http, issuer.token(kid="second", key=issuer.add_key("second")))
    assert answer.status_code == 503, answer.text
    issuer.down = False
    assert (await told(http, issuer.token(kid="second"))).status_code == 200


async def test_without_any_keys_nobody_can_tell(
    http: httpx.AsyncClient, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer.down = True
    answers = [await told(http, issuer.token()) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {503}
    assert "www-authenticate" not in answers[0].headers
    assert sum(issuer.asked.values()) == 1
    issuer.down = False
    monkeypatch.setattr(keys, "RETRY_AFTER", 0.0)
    monkeypatch.setattr(provider, "RETRY_AFTER", 0.0)
    assert (await told(http, issuer.token())).status_code == 200


@pytest.mark.parametrize(
    "served",
    [[], {"keys": 7}, {"keys": []}, {"keys": [7, {"kty": "oct", "k": "AAAA"}, {"kty": "RSA", "n": "!"}]}],
)
async def test_keys_that_are_none_let_nobody_in(
    http: httpx.AsyncClient, issuer: Issuer, served: object
) -> None:
    issuer.served = served or {"keys": None}
    assert (await told(http, issuer.token())).status_code in {401, 503}


async def test_a_token_is_checked_once(
    http: httpx.AsyncClient, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from joserfc import jwt

    token, checked = issuer.token(), []
    decode = jwt.decode
    monkeypatch.setattr(jwt, "decode", lambda *args, **more: checked.append(1) or decode(*args, **more))
    for _ in range(5):
        assert (await told(http, token)).status_code == 200
    assert len(checked) == 1


# --- groups


@pytest.mark.parametrize(
    ("claims", "groups"),
    [
        ({"permissions": ["a"], "groups": ["b"]}, ["a"]),
        ({"permissions": "", "groups": ["b"]}, []),
        ({"groups": "b c"}, ["b", "c"]),
        ({"scp": ["d"]}, ["d"]),
        ({"permissions": {"a": 1}}, []),
        ({"permissions": ["a", 1]}, []),
        (
            {"permissions": ["a-models", "model-access-b", "-models"]},
            ["-models", "model-access-a", "model-access-b"],
        ),
        ({}, []),
    ],
    ids=str,
)
async def test_groups_are_read_from_the_first_claim(
    http: httpx.AsyncClient, issuer: Issuer, claims: dict[str, object], groups: list[str]
) -> None:
    assert (await told(http, issuer.token(**claims))).json()["groups"] == groups


async def test_a_name_that_no_terminal_should_get_is_the_subject(
    http: httpx.AsyncClient, issuer: Issuer
) -> None:
    for email in ("a\x1b[2Jb", "", "x" * 300, 7, None):
        assert (await told(http, issuer.token(email=email))).json()["name"] == "u-1"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    text=st.text(st.characters(max_codepoint=255), max_size=60),
    at=st.integers(0, 400),
    cut=st.integers(0, 40),
)
async def test_no_damage_of_a_token_is_a_fault(
    http: httpx.AsyncClient, issuer: Issuer, text: str, at: int, cut: int
) -> None:
    good = issuer.token()
    damaged = good[:at] + text + good[at + cut :]
    header = f"Bearer {damaged}".encode("latin-1")
    if b"\r" in header or b"\n" in header or b"\x00" in header:
        return
    answer = await http.get(WHO, headers={"Authorization": header})
    assert answer.status_code == (200 if damaged.strip() == good else 401), answer.text
