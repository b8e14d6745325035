"""How many logs an answer leaves out, where it brought several eval sets up to date."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from hawk.client.client import HawkClient
from hawk.server import freshen
from hawk.server.app import embedded_app
from hawk.settings import load_settings
from tests.importers.house import header, members, sample, write_archive
from tests.jobs.conftest import Stage


async def test_the_pending_logs_of_all_eval_sets_are_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {"HAWK_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    logs = tmp_path / "storage" / "evals"

    def write(*sample_ids: str) -> None:
        for one in ("a", "b"):
            head = header(eval={"eval_id": f"e-{one}", "task_id": f"t-{one}"})
            write_archive(logs / one / "x.eval", members(*map(sample, sample_ids), head=head))

    write("s1")
    async with embedded_app(load_settings(environ), {"local": Stage()}) as app:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://hawk") as http:
            client = HawkClient(http)
            await client.compare(["a", "b"])
            assert client.pending_imports == 0
            write("s1", "s2")
            monkeypatch.setattr(freshen, "PATIENCE", -1.0)
            for _ in range(2):
                found = await client.compare(["a", "b"])
                assert client.pending_imports == 2
            assert [one.samples.total for one in found.items] == [1, 1]
