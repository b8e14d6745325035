"""Who may speak as the runner of a job."""

from __future__ import annotations

import asyncio
import base64
import hmac
import time
from datetime import timedelta

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from hawk.auth import signing_keys
from hawk.auth.caller import JobIdentity
from hawk.auth.job_tokens import LIFE, JobTokens
from hawk.auth.signing_keys import SigningKeys, remove_dead, rotate
from hawk.errors import InvalidToken
from hawk.settings import Settings
from hawk.specs.control import Heartbeat
from hawk.warehouse.engine import Database
from tests.jobs.heartbeats.conftest import FarStage, Server, serving


def tokens_of(db: Database) -> JobTokens:
    """Another server's."""
    return JobTokens(SigningKeys(db), "here")


def claims_of(server: Server, job_id: str, **changes: object) -> dict[str, object]:
    issuer = f"hawk:{server.services.installation}"
    now = int(time.time())
    return {"iss": issuer, "sub": job_id, "launch": 1, "attempt": 1, "iat": now, "exp": now + 600, **changes}


async def test_a_token_is_for_its_own_job_and_attempt(settings: Settings, stage: FarStage) -> None:
    async with serving(settings, stage) as server:
        one, other = await server.submit(stage, "one"), await server.submit(stage, "other")
        for foreign in (other.token, (await other.begin(server)).token):
            assert (await one.post(server, Heartbeat(attempt=1, seq=1), foreign)).status_code == 403
        begun = await one.begin(server)
        assert (await begun.post(server, Heartbeat(attempt=2, seq=9))).status_code == 403


async def test_a_user_is_no_runner(settings: Settings, stage: FarStage) -> None:
    async with serving(settings, stage) as server:
        runner = await server.submit(stage)
        body = msgspec.json.encode(Heartbeat(attempt=1, seq=1))
        answer = await server.http.post(f"/api/runner/{runner.job_id}/heartbeat", content=body)
        assert answer.status_code == 403
        assert (await server.http.get(f"/api/runner/{runner.job_id}/plan")).status_code == 403


async def test_forged_tokens_are_refused(settings: Settings, stage: FarStage) -> None:
    async with serving(settings, stage) as server:
        runner = await server.submit(stage)
        key = await SigningKeys(server.services.db).current()
        head = {"alg": "ES256", "typ": "hawk-job+jwt", "kid": key.id}
        good = claims_of(server, runner.job_id)
        unsigned = jwt.encode({**head}, good, key.key).rsplit(".", 1)[0]
        forged = {
            "alg none": f"{_part({**head, 'alg': 'none'})}.{unsigned.split('.')[1]}.",
            "HS256 with the public key": _signed_as_hmac({**head, "alg": "HS256"}, good, key.key),
            "another key under its name": jwt.encode(head, good, ECKey.generate_key("P-256")),
            "a key that isn't there": jwt.encode({**head, "kid": "none"}, good, key.key),
            "no signature": f"{unsigned}.",
            "another installation's": jwt.encode(head, {**good, "iss": "hawk:other"}, key.key),
            "expired": jwt.encode(head, {**good, "exp": int(time.time()) - 60}, key.key),
            "without an end": jwt.encode(head, {k: v for k, v in good.items() if k != "exp"}, key.key),
            "no number": jwt.encode(head, {**good, "launch": "one"}, key.key),
        }
        assert (
            await runner.post(server, Heartbeat(attempt=1, seq=1), jwt.encode(head, good, key.key))
        ).is_success
        for what, token in forged.items():
            answer = await runner.post(server, Heartbeat(attempt=1, seq=1), token)
            assert answer.status_code == 401, what


def _signed_as_hmac(head: dict[str, str], claims: dict[str, object], key: ECKey) -> str:
    """The public key, which anybody may know, taken for a shared secret."""
    text = f"{_part(head)}.{_part(claims)}"
    digest = hmac.digest(key.as_pem(private=False), text.encode(), "sha256")
    return f"{text}.{_base64(digest)}"


def _part(value: object) -> str:
    return _base64(msgspec.json.encode(value))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


async def test_unknown_keys_cost_one_look_a_second(settings: Settings, stage: FarStage) -> None:
    async with serving(settings, stage) as server:
        runner = await server.submit(stage)
        await runner.begin(server)
        looks = 0
        keys = server.services.authenticator._tokens._keys
        before = keys._look

        async def look(age: float) -> None:
            nonlocal looks
            since = keys._looked
            await before(age)
            looks += keys._looked != since

        keys._look = look
        key = ECKey.generate_key("P-256")
        for number in range(200):
            head = {"alg": "ES256", "typ": "hawk-job+jwt", "kid": f"k{number}"}
            token = jwt.encode(head, claims_of(server, runner.job_id), key)
            assert (await runner.post(server, Heartbeat(attempt=1, seq=1), token)).status_code == 401
        assert looks <= 1 + 200 * 0.1


async def test_a_token_is_renewed_in_the_second_half_of_its_life(
    settings: Settings, stage: FarStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(settings, stage) as server:
        runner = await (await server.submit(stage)).begin(server)
        assert (await runner.beat(server)).token is None
        later = time.time() + LIFE * 0.6
        monkeypatch.setattr("hawk.auth.job_tokens.time.time", lambda: later)
        monkeypatch.setattr("hawk.jobs.heartbeats.service.time.time", lambda: later)
        renewed = (await runner.beat(server)).token
        assert renewed not in {None, runner.token}
        later += LIFE * 0.6
        refused = await runner.post(server, Heartbeat(attempt=1, seq=9))
        assert refused.status_code == 401
        runner.token = renewed or ""
        assert not (await runner.beat(server)).ended


async def test_servers_that_begin_at_once_have_one_key(settings: Settings) -> None:
    db, other = await Database.open(settings.database_url), await Database.open(settings.database_url)
    try:
        servers = [tokens_of(one) for one in (db, other, db, other, db)]
        made = await asyncio.gather(*(one.for_launch(f"job-{n}", 1) for n, one in enumerate(servers)))
        for number, token in enumerate(made):
            for server in servers:
                caller = await server.caller(token)
                assert caller is not None
                assert caller.job == JobIdentity(f"job-{number}", 1, 0)
        assert len({(await one._keys.current()).id for one in servers}) == 1
    finally:
        await db.close()
        await other.close()


async def test_after_a_rotation_old_tokens_are_good_until_their_jobs_end(
    settings: Settings, stage: FarStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_keys, "SETTLED", timedelta(0))
    async with serving(settings, stage) as server:
        db = server.services.db
        runner = await server.submit(stage, "old")
        before = (await SigningKeys(db).current()).id
        after = await rotate(db)
        assert (await SigningKeys(db).current()).id == after != before
        assert await remove_dead(db) == 0
        assert not (await runner.beat(server)).ended
        stage.run(runner.job_id)
        stage.show(runner.job_id, state="succeeded")
        await server.services.reconciler.settle(runner.job_id)
        assert await remove_dead(db) == 1
        with pytest.raises(InvalidToken):
            await JobTokens(SigningKeys(db), server.services.installation).caller(runner.token)


async def test_what_is_no_jobs_token_is_left_to_others(settings: Settings) -> None:
    db = await Database.open(settings.database_url)
    try:
        tokens = tokens_of(db)
        for token in ("", "x", "a.b.c", "....", "e30.e30.e30", "é.b.c", "x" * 100_000):
            assert await tokens.caller(token) is None
    finally:
        await db.close()
