"""The rows of a sample's scores."""

from __future__ import annotations

from typing import Any

from tests.importers.formats.oracle.values import number, plain, time


def final_scores(log: Any, sample: Any) -> dict[str, Any]:
    """Scores by name, in the log's order."""
    return sample.scores or {}


def score_rows(log: Any, sample: Any, completed: Any) -> list[dict[str, Any]]:
    """Final scores, then intermediate ones as they came."""
    final = [
        _row(name, score, at=_edited_at(score) or completed)
        for name, score in final_scores(log, sample).items()
    ]
    told = [event for event in sample.events if event.event == "score" and event.intermediate]
    between = [
        _row(event.scorer or "intermediate", event.score, at=time(event.timestamp)) | {"intermediate": True}
        for event in told
    ]
    return [row | {"position": at} for at, row in enumerate([*final, *between])]


def _row(name: str, score: Any, at: Any) -> dict[str, Any]:
    return {
        "scorer": plain(name),
        "intermediate": False,
        "value": plain(score.value),
        "number": number(score.value),
        "answer": plain(score.answer),
        "explanation": plain(score.explanation),
        "metadata": plain(score.metadata),
        "history": [_edit(edit) for edit in score.history] or None,
        "scored_at": at,
    }


def _edit(edit: Any) -> dict[str, Any]:
    told = {name: plain(getattr(edit, name)) for name in ("value", "answer", "explanation", "metadata")}
    if edit.provenance is None:
        return told | {"provenance": None}
    made = edit.provenance.model_dump(mode="json", include={"timestamp", "author", "reason"})
    return told | {"provenance": plain(made)}


def _edited_at(score: Any) -> Any:
    last = score.history[-1].provenance if score.history else None
    return time(last.timestamp) if last else None
