"""Transcripts for readers, and as they stand in the log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from hawk.results.types import MessageView, ScoreView, ToolCallView, Transcript
from hawk.specs.control import TokenCounts
from tests.cli.conftest import NOON, Api, Hawk, page
from tests.cli.test_lists import sample

RAW = b'{"uuid": "uuid1", "score": NaN, "text": "\xc2\x9b31m \\u001b[2J"}'


def transcript(**more: Any) -> Transcript:
    values: dict[str, Any] = {
        "sample": sample(1, started_at=NOON, total_time=1.5),
        "input": (MessageView(role="user", text="What is 1 + 1?"),),
        "target": "2",
        "messages": (
            MessageView(role="user", text="What is 1 + 1?"),
            MessageView(
                role="assistant",
                text="",
                model="gpt",
                reasoning="Hm.",
                tool_calls=(ToolCallView("c1", "add", {"a": 1}),),
            ),
            MessageView(role="tool", text="2", function="add", error="slow"),
            MessageView(role="assistant", text="It is\x1b[2J 2.", model="gpt"),
        ),
        "scores": (ScoreView(scorer="match", value=1.0, answer="2", explanation="a | b"),),
        "usage": {"gpt": TokenCounts(1000, 234, 1234)},
    }
    return Transcript(**{**values, **more})


def test_a_transcript_is_markdown(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/samples/uuid1/transcript", transcript())
    out = hawk("transcript", "uuid1").out
    heads = [line for line in out.splitlines() if line.startswith("#")]
    assert heads == [
        "# Sample Transcript",
        "## Input",
        "### User",
        "## Target",
        "## Conversation",
        "### User",
        "### Assistant (gpt)",
        "### Tool Result (add)",
        "### Assistant (gpt)",
        "## Scores",
        "## Metadata",
    ]
    assert "- **UUID**: uuid1" in out
    assert "<thinking>\nHm.\n</thinking>" in out
    assert '<tool_call c1>\nadd\n{\n  "a": 1\n}\n</tool_call>' in out
    assert "**Error:** slow" in out
    assert "It is 2." in out
    assert "| match | 1 | 2 | a \\| b |" in out
    assert "1,234 tokens" in out
    assert "\x1b" not in out


def test_a_failed_sample_says_why(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/samples/uuid1/transcript", transcript(error="Boom", scores=()))
    out = hawk("transcript", "uuid1").out
    assert "**Status**: error - Boom" in out
    assert "## Scores" not in out


def test_raw_is_the_logs_own_json(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/samples/uuid1/raw", httpx.Response(200, content=RAW))
    out = hawk("transcript", "uuid1", "--raw").out
    assert '\n  "uuid": "uuid1"' in out
    assert json.loads(out)["text"] == "\x9b31m \x1b[2J"
    assert not {"\x1b", "\x9b"} & set(out)


def test_json_is_the_transcripts_object(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/samples/uuid1/transcript", transcript())
    assert hawk("transcript", "uuid1", "--json").json()["scores"][0]["scorer"] == "match"


def test_a_file_instead(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/samples/uuid1/transcript", transcript())
    assert hawk("transcript", "uuid1", "--output-dir", "out").out == "Wrote: out/uuid1.md\n"
    assert Path("out/uuid1.md").read_text().startswith("# Sample Transcript")


@pytest.mark.parametrize("name", ["../escape", "a/b", ".hidden", "x" * 300])
def test_a_name_that_is_no_file_is_refused(api: Api, hawk: Hawk, name: str) -> None:
    api.on("GET", f"/api/samples/{name}/transcript", transcript())
    assert "can't be the name of a file" in hawk("transcript", name, "--output-dir", "out", code=2).err
    assert not Path("out").exists()


def test_all_of_a_job(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/samples", page([sample(1)], "more"), page([sample(2)]))
    for number in (1, 2):
        api.on("GET", f"/api/samples/uuid{number}/transcript", transcript())
        api.on("GET", f"/api/samples/uuid{number}/raw", httpx.Response(200, content=RAW))
    out = hawk("transcripts", "simple-abc").out
    assert out.count("=" * 80) == 4
    assert out.count("# Sample Transcript") == 2


def test_raw_is_one_line_a_sample_and_limited(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/samples", page([sample(1)], "more"), page([sample(2)]))
    api.on("GET", "/api/samples/uuid1/raw", httpx.Response(200, content=RAW))
    lines = hawk("transcripts", "simple-abc", "--raw", "--limit", "1").out.splitlines()
    assert len(lines) == 1
    assert json.loads(lines[0])["uuid"] == "uuid1"


def test_all_of_a_job_into_files(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/samples", page([sample(1)]))
    api.on("GET", "/api/samples/uuid1/transcript", transcript())
    assert "Wrote 1 transcript to out." in hawk("transcripts", "simple-abc", "--output-dir", "out").err
    assert [path.name for path in Path("out").iterdir()] == ["uuid1.md"]


def test_none_yet(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/samples", page([]))
    done = hawk("transcripts", "simple-abc")
    assert (done.out, "No samples of simple-abc yet." in done.err) == ("", True)
