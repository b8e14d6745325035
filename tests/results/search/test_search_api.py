"""Searches through the API, over logs that were imported."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hawk.backends.storage.store import Storage
from hawk.importers.sync import sync
from hawk.results.search import scanners
from hawk.warehouse.engine import Database
from tests.importers.house import header, members, sample, write_archive
from tests.results.api import ResultsApi

SECOND = "2026-01-02T00-00-00+00-00_task_def.eval"
FIRST = "2026-01-01T00-00-00+00-00_task_abc.eval"


def said(sample_id: str, *texts: str, **changes: Any) -> dict[str, Any]:
    messages = [
        {"role": role, "content": text}
        for role, text in zip(("user", "assistant") * len(texts), texts, strict=False)
    ]
    return sample(sample_id, input=texts[0] if texts else "", messages=messages, scores={}, **changes)


async def put(db: Database, folder: Path, name: str, *samples: dict[str, Any], **head: Any) -> None:
    write_archive(folder / "evals" / "set" / name, members(*samples, head=header(eval=head)))
    await sync(db, Storage((folder / "evals").as_uri()))


async def places(api: ResultsApi, q: str, **query: Any) -> list[tuple[Any, ...]]:
    page = await api.page("/api/search", q=q, **query)
    return [(hit["sample_id"], hit["role"], hit["index"]) for hit in page["items"]]


async def test_a_hit_says_where_it_is(api: ResultsApi, db: Database, tmp_path: Path) -> None:
    await put(db, tmp_path, FIRST, said("a", "Please list the files", "I would never run rm -rf / here"))
    page = await api.page("/api/search", q="RM -RF")
    (hit,) = page["items"]
    assert page["total"] == 1
    assert hit["snippet"] == "I would never run rm -rf / here"
    assert hit["snippet"][hit["start"] : hit["end"]] == "rm -rf"
    assert {
        name: hit[name] for name in ("uuid", "sample_id", "epoch", "role", "index", "eval_set_id", "task")
    } == {
        "uuid": "ua-1",
        "sample_id": "a",
        "epoch": 1,
        "role": "assistant",
        "index": 1,
        "eval_set_id": "set",
        "task": "task",
    }


async def test_all_of_a_sample_is_searched(api: ResultsApi, db: Database, tmp_path: Path) -> None:
    rich = sample(
        1,
        input="the input",
        target=["first target", "second"],
        messages=[
            {"role": "system", "content": "be brief"},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "attachment://abc"},
                    {"type": "image", "image": "data:zzz"},
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"type": "reasoning", "reasoning": "let me think"},
                    {"type": "text", "text": "done"},
                ],
                "tool_calls": [
                    {"id": "c1", "function": "bash", "arguments": {"cmd": "ls -la\n/tmp", "n": 5}}
                ],
            },
            {
                "role": "tool",
                "content": "total 0",
                "tool_call_id": "c1",
                "error": {"type": "timeout", "message": "too slow"},
            },
        ],
        attachments={"abc": "a long text kept elsewhere"},
        scores={"match": {"value": "C", "answer": "forty-two", "explanation": "it fits"}},
        error={"message": "it broke", "traceback": "Traceback: line 5"},
        error_retries=[{"message": "first try failed", "traceback": ""}],
        events=[
            {
                "event": "model",
                "model": "m",
                "input": [{"role": "user", "content": "a subagent's task"}],
                "output": {"choices": [{"message": {"role": "assistant", "content": "a subagent's answer"}}]},
            },
            {
                "event": "tool",
                "id": "other",
                "function": "hidden_tool",
                "arguments": {"x": "y"},
                "result": "hidden result",
            },
        ],
        events_data={"messages": [{"role": "user", "content": "before compaction"}], "calls": []},
    )
    await put(db, tmp_path, FIRST, rich)
    expected = {
        "the input": [(1, "input", None)],
        "second": [(1, "target", None)],
        "be brief": [(1, "system", 0)],
        "kept elsewhere": [(1, "user", 1)],
        "let me think": [(1, "reasoning", 2)],
        "cmd: ls -la": [(1, "tool_call", 2)],
        "-la\n/tmp": [(1, "tool_call", 2)],
        "n: 5": [(1, "tool_call", 2)],
        "timeout: too slow": [(1, "tool", 3)],
        "forty-two": [(1, "score", None)],
        "it fits": [(1, "score", None)],
        "it broke": [(1, "error", None)],
        "line 5": [(1, "error", None)],
        "first try": [(1, "error", None)],
        "subagent's task": [(1, "user", None)],
        "subagent's answer": [(1, "assistant", None)],
        "hidden_tool": [(1, "tool_call", None)],
        "hidden result": [(1, "tool", None)],
        "before compaction": [(1, "user", None)],
        "data:zzz": [],
        "nowhere at all": [],
    }
    assert {text: await places(api, text) for text in expected} == expected


async def test_pages_are_the_whole_list_once_in_order(api: ResultsApi, db: Database, tmp_path: Path) -> None:
    older = [said(f"old{n}", "q", f"a word {'x' * 3000}") for n in range(40)]
    newer = [said(f"new{n}", "q", f"a word {'x' * 3000}") for n in range(40)]
    await put(db, tmp_path, FIRST, *older)
    await put(db, tmp_path, SECOND, *newer, eval_id="e2", task_id="t2", created="2026-01-02T00:00:00+00:00")
    found, cursor, total = [], None, None
    while True:
        page = await api.page(
            "/api/search", q="A WORD", limit=7, **({"cursor": cursor} if cursor else {"total": True})
        )
        total = page["total"] if cursor is None else total
        found += [hit["sample_id"] for hit in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert found == [one["id"] for one in (*newer, *older)]
    assert total == 80


async def test_filters(api: ResultsApi, db: Database, tmp_path: Path) -> None:
    await put(db, tmp_path, FIRST, said("a", "hello", "hello"))
    await put(
        db, tmp_path, SECOND, said("b", "Hello", "hello", model_usage={}), eval_id="e2", task_id="t2", task="other", model="mock/n",
        model_roles={"grader": {"model": "grade/r"}}, created="2026-02-01T00:00:00+00:00",
    )  # fmt: skip
    a, b = ("a", "user", 0), ("b", "user", 0)
    assert await places(api, "hello", role="user") == [b, a]
    assert await places(api, "hello", role="user", task="other") == [b]
    assert await places(api, "hello", role="user", model="grade/r") == [b]
    assert await places(api, "hello", role="user", model="mock/m") == [a]
    assert await places(api, "hello", role="user", eval="e1") == [a]
    assert await places(api, "hello", role="user", since="2026-01-15T00:00:00Z") == [b]
    assert await places(api, "hello", role="user", eval_set="elsewhere") == []
    assert await places(api, "Hello", case=True) == [b]
    assert await places(api, "^h.llo$", regex=True, role=["user"]) == [b, a]


async def test_changed_and_superseded_samples(api: ResultsApi, db: Database, tmp_path: Path) -> None:
    await put(db, tmp_path, FIRST, said("a", "q", "the first answer"), said("b", "q", "another answer"))
    await put(db, tmp_path, FIRST, said("a", "q", "a changed answer"), said("b", "q", "another answer"))
    assert await places(api, "first answer") == []
    assert (await api.page("/api/search", q="first answer", total=True))["total"] == 0
    assert await places(api, "answer") == [("b", "assistant", 1), ("a", "assistant", 1)]
    later = said("a", "q", "the retried answer", completed_at="2026-03-01T00:00:00+00:00")
    await put(db, tmp_path, SECOND, later, eval_id="e2", created="2026-01-02T00:00:00+00:00")
    assert [one[0] for one in await places(api, "answer")] == ["a", "b"]
    assert await places(api, "changed") == []
    assert await places(api, "changed", superseded=True) == [("a", "assistant", 1)]
    assert (await api.page("/api/search", q="answer", limit=1, total=True))["total"] == 2


async def test_a_text_of_many_pages_is_one_hit(api: ResultsApi, db: Database, tmp_path: Path) -> None:
    await put(db, tmp_path, FIRST, said("a", "q", "needle " * 100_000 + "the end"))
    page = await api.page("/api/search", q="needle")
    assert (len(page["items"]), page["total"]) == (1, 1)
    assert await places(api, "the end") == [("a", "assistant", 1)]


async def test_much_text_is_looked_through_by_processes(
    api: ResultsApi, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanners, "MANY", 2)
    texts = [said(f"s{n}", "q", f"{'lorem ipsum ' * 400} {n} end") for n in range(60)]
    await put(db, tmp_path, FIRST, *texts)
    assert (await api.page("/api/search", q=" end", limit=5, total=True))["total"] == 60
    assert await places(api, " 37 end") == [("s37", "assistant", 1)]


async def test_connections_that_were_cut_cost_one_search_at_most(
    api: ResultsApi, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(db, tmp_path, FIRST, *(said(f"s{n}", "q", f"{'lorem ' * 900} {n} end") for n in range(40)))
    for many in (1_000, 2):
        monkeypatch.setattr(scanners, "MANY", many)
        assert len(await places(api, " end", limit=50)) == 40
        if db.dialect == "postgresql":
            async with db.write() as conn:
                await conn.execute(text(_CUT))
        answers = [
            await api.get("/api/search", q=" end", limit=50, total=True)
            for _ in range(1 + scanners.PROCESSES)
        ]
        assert {answer.status_code for answer in answers} <= {200, 503}
        assert len(await places(api, " end", limit=50)) == 40


_CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


async def test_refusals(api: ResultsApi) -> None:
    for query in (
        {"q": ""},
        {"q": "(", "regex": True},
        {"q": "x", "cursor": "eA=="},
        {"q": "x" * 501},
        {"q": "x", "role": "poet"},
    ):
        answer = await api.get("/api/search", **query)
        assert answer.status_code in {400, 422}, query
        assert json.loads(answer.content)["detail"]
