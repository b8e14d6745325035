"""Transcripts against Inspect's own reading of the same logs."""

import zipfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspect_ai.log import EvalSample, read_eval_log_sample
from inspect_ai.model import ChatMessage

from hawk.errors import Unavailable
from hawk.importers.attachments import Attachments
from hawk.results.logged import LoggedSample, decode_sample
from hawk.results.transcript import transcript_of
from hawk.results.types import MessageView, Sample, Transcript

ROW = Sample(
    id="r",
    uuid="u",
    sample_id="s",
    epoch=1,
    eval_id="e",
    eval_set_id="geo-1",
    task="geo",
    model="m",
    status="success",
    log="l",
)
SAMPLES = ("rich", "broken", "unscored", 4)


def transcript(log: Path, sample: str | int) -> Transcript:
    with zipfile.ZipFile(log) as archive:
        member = archive.read(f"samples/{sample}_epoch_1.json")
    return transcript_of(ROW, decode_sample(member, f"{log}"))


def inspects(log: Path, sample: str | int) -> EvalSample:
    return read_eval_log_sample(str(log), id=sample, epoch=1, resolve_attachments=True)


def words(message: ChatMessage) -> list[str]:
    """What of a message Inspect calls text."""
    if isinstance(message.content, str):
        return [message.content]
    return [part.text for part in message.content if part.type == "text"]


@pytest.mark.parametrize("sample", SAMPLES)
def test_messages_are_those_that_inspect_reads(rich_log: Path, sample: str | int) -> None:
    ours, theirs = transcript(rich_log, sample), inspects(rich_log, sample)
    assert [m.role for m in ours.messages] == [m.role for m in theirs.messages]
    for mine, other in zip(ours.messages, theirs.messages, strict=True):
        assert all(text in mine.text for text in words(other))
        assert mine.model == getattr(other, "model", None)
        assert mine.function == getattr(other, "function", None)
        calls = getattr(other, "tool_calls", None) or []
        assert [(c.id, c.function, c.arguments) for c in mine.tool_calls] == [
            (c.id, c.function, c.arguments) for c in calls
        ]
        error = getattr(other, "error", None)
        assert (error.message in (mine.error or "")) if error else mine.error is None


@pytest.mark.parametrize("sample", SAMPLES)
def test_scores_usage_and_error_are_those_that_inspect_reads(rich_log: Path, sample: str | int) -> None:
    ours, theirs = transcript(rich_log, sample), inspects(rich_log, sample)
    assert [(s.scorer, s.answer, s.explanation) for s in ours.scores] == [
        (name, s.answer, s.explanation) for name, s in (theirs.scores or {}).items()
    ]
    assert [s.value for s in ours.scores] == [
        None if s.value != s.value else s.value for s in (theirs.scores or {}).values()
    ]
    assert ours.error == (theirs.error.message if theirs.error else None)
    assert {m: (u.input, u.output, u.total) for m, u in ours.usage.items()} == {
        m: (u.input_tokens, u.output_tokens, u.total_tokens) for m, u in theirs.model_usage.items()
    }


def test_an_input_is_messages_whichever_way_it_was_given(rich_log: Path) -> None:
    assert transcript(rich_log, 4).input == (MessageView(role="user", text="Four?"),)
    (asked,) = transcript(rich_log, "rich").input
    assert asked.text == "What is the capital?\n[Image content]"


def test_several_targets_are_alternatives(rich_log: Path) -> None:
    assert transcript(rich_log, "rich").target == "Paris | paris"


def test_what_is_not_text_is_named(rich_log: Path) -> None:
    spoke, timed_out, read, picture, _ = transcript(rich_log, "rich").messages[2:]
    assert spoke.reasoning == "First a look.\nA summary.\n[Redacted]"
    assert spoke.text.startswith("I shall look.\ndata:image/png;base64,")
    assert spoke.text.splitlines()[2:] == [
        '[Tool used by the provider: search {"q": "x"}]',
        "found",
        "[Tool used by the provider: search {}]",
        "[Error: quota]",
        "[Data content]",
    ]
    assert timed_out.error == "timeout: It took more than 3 s."
    assert read.error == "partly read"
    assert read.text == "a table: été\n[Image content]\n[Audio content]\n[Document: report.pdf]"
    assert picture.text.startswith("data:image/png;base64,")


def test_a_score_that_is_no_number_is_null(rich_log: Path) -> None:
    scores = transcript(rich_log, "unscored").scores
    assert [(s.scorer, s.value) for s in scores] == [("graded", "C"), ("measured", None)]


def test_old_names_are_understood() -> None:
    old = {
        "input": "i",
        "target": "t",
        "messages": [{"role": "tool", "content": "tc://abc", "tool_error": "no such file"}],
        "score": {"value": "I"},
        "transcript": {"events": [], "content": {"abc": "long text"}},
    }
    ours = transcript_of(ROW, decode_sample(msgspec.json.encode(old), "a log"))
    assert ours.messages == (MessageView(role="tool", text="long text", error="no such file"),)
    assert [(s.scorer, s.value) for s in ours.scores] == [("score", "I")]
    named = msgspec.structs.replace(ROW, scores={"match": "I"})
    ours = transcript_of(named, decode_sample(msgspec.json.encode(old), "a log"))
    assert [(s.scorer, s.value) for s in ours.scores] == [("match", "I")]


def test_content_of_a_kind_that_is_not_known_yet_is_named() -> None:
    new = {"input": "", "messages": [{"role": "user", "content": [{"type": "hologram", "beam": 1}]}]}
    ours = transcript_of(ROW, decode_sample(msgspec.json.encode(new), "a log"))
    assert ours.messages[0].text == "[Hologram content]"


@pytest.mark.parametrize(
    "member", [b"", b"{", b"[]", b'{"input": 3}', b"\xff", b'{"input": "NaN", "x": nan}']
)
def test_what_is_no_sample_says_where(member: bytes) -> None:
    with pytest.raises(Unavailable, match=r"geo-1/x\.eval"):
        decode_sample(member, "geo-1/x.eval")


def test_nan_in_a_part_that_nobody_reads_does_no_harm() -> None:
    member = b'{"input": "NaN", "metadata": {"loss": NaN, "top": -Infinity}, "target": "t"}'
    assert decode_sample(member, "a log") == LoggedSample(input="NaN", target="t")


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["attachment://a", "tc://b", "attachment://?"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(json_values)
def test_references_are_replaced_wherever_they_stand_and_nothing_else_is(value: object) -> None:
    resolved = msgspec.json.encode(Attachments({"a": "AA", "b": "BB"}).value(value))
    text = msgspec.json.encode(value).replace(b'"attachment://a"', b'"AA"').replace(b'"tc://b"', b'"BB"')
    assert resolved == text


def test_the_log_did_keep_content_apart(rich_log: Path) -> None:
    """Else the tests above would prove nothing of attachments."""
    with zipfile.ZipFile(rich_log) as archive:
        member = msgspec.json.decode(archive.read("samples/rich_epoch_1.json"))
    assert member["messages"][-2]["content"].startswith("attachment://")
    assert member["messages"][2]["tool_calls"][0]["arguments"]["nested"][0]["deep"].startswith(
        "attachment://"
    )
