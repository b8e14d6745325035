"""What the logs of the corpus say, as JSON that the importer's own decoders take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.corpus.needles import Needle, planted
from benchmarks.logs.text import Text

LOGS, SAMPLES_A_LOG = 2_000, 500
MESSAGE_CHARS = 800
_LOGS_A_SET = 20
_TASKS, _MODELS, _LABS = 40, 25, 6
_EPOCHS = 5
_SHARED_IDS = 20
_RETRIES = 40
"""The last log of every second set is a retry: it has the samples of the first log again."""

_START = datetime(2025, 11, 1, tzinfo=UTC)
_ERRORS = (
    "TimeoutError: the sandbox did not answer within 180 seconds",
    "ConnectionResetError(104, 'Connection reset by peer')",
    "ValueError: could not convert string to float: '<answer>'",
    "PrerequisiteError: the image of the sandbox could not be pulled",
)
_LIMITS = ("token", "message", "time")


def location(log: int) -> str:
    """Where log number ``log`` would lie."""
    began = _began(log).strftime("%Y-%m-%dT%H-%M-%S+00-00")
    name = task(_cell(log)).replace("/", "-")
    return f"{eval_set(log)}/{began}_{name}_{log:06}.eval"


def eval_set(log: int) -> str:
    """The eval set of a log."""
    number = log // _LOGS_A_SET
    return f"nightly-{number:03}-{(number * 2_654_435_761) % 2**32:08x}"


def task(log: int) -> str:
    """The task of a log."""
    return f"suite_{log % 8}/task_{log % _TASKS:02}"


def model(log: int) -> str:
    """The model of a log."""
    number = (log * 7 + log // _TASKS) % _MODELS
    return f"lab{number % _LABS}/model-{number:02}"


def header(log: int) -> dict[str, Any]:
    """The header of a log that is done."""
    cell, began = _cell(log), _began(log)
    return {
        "version": 2,
        "status": "error" if log % 50 == 49 else "success",
        "eval": {
            "eval_id": f"eval{log:06}",
            "run_id": f"run{log:06}",
            "created": began.isoformat(),
            "task": task(cell),
            "task_id": f"id-{cell:06}",
            "model": model(cell),
            "solver": "react" if cell % 3 else "basic_agent",
            "dataset": {"name": task(cell), "samples": SAMPLES_A_LOG // _EPOCHS},
            "config": {"epochs": _EPOCHS},
            "metadata": {"created_by": f"person{log % 12}"},
        },
        "plan": {"steps": []},
        "results": {
            "total_samples": SAMPLES_A_LOG,
            "completed_samples": SAMPLES_A_LOG,
            "scores": [
                {"name": "match", "scorer": "match", "metrics": {"accuracy": {"value": (cell % 100) / 100}}}
            ],
        },
        "stats": {"started_at": began.isoformat(), "completed_at": (began + timedelta(hours=2)).isoformat()},
    }


def sample(log: int, at: int, text: Text) -> dict[str, Any]:
    """Sample number ``at`` of a log, with its one message."""
    number = log * SAMPLES_A_LOG + at
    tokens = int(text.random.lognormvariate(9, 1.2))
    began = _began(log) + timedelta(seconds=at * 7)
    return {
        "id": _sample_id(_cell(log), at // _EPOCHS),
        "epoch": at % _EPOCHS + 1,
        "uuid": text.id(),
        "input": "",
        "target": "",
        "messages": [{"role": "assistant", "content": f"{text.about(MESSAGE_CHARS)} {planted(number)}"}],
        "scores": {"match": {"value": "C" if text.random.random() < (_cell(log) % 100) / 100 else "I"}},
        "model_usage": {
            model(_cell(log)): {"input_tokens": tokens, "output_tokens": tokens // 9, "total_tokens": tokens}
        },
        "started_at": began.isoformat(),
        "completed_at": (began + timedelta(seconds=tokens % 600)).isoformat(),
        "total_time": float(tokens % 600),
        "working_time": float(tokens % 500),
        **_ending(number),
    }


def counted_hits(needle: Needle) -> int:
    """How many messages that have a needle are of samples that count: no retry has them anew."""
    return sum(not _is_retried(message // SAMPLES_A_LOG) for message in needle.messages)


def _ending(number: int) -> dict[str, Any]:
    if number % 33 == 0:
        return {"error": {"message": _ERRORS[number // 33 % len(_ERRORS)], "traceback": ""}}
    if number % 50 == 0:
        return {"limit": {"type": _LIMITS[number // 50 % len(_LIMITS)], "limit": 1}}
    return {}


def _sample_id(cell: int, at: int) -> str:
    """Some ids are those of every task, most are the task's own."""
    return f"shared-{at}" if at < _SHARED_IDS else f"{cell % _TASKS}-{at}"


def _is_retried(log: int) -> bool:
    return log % _RETRIES == _RETRIES - _LOGS_A_SET


def _cell(log: int) -> int:
    """The log whose task a log runs: its own, or the one that it is a retry of."""
    return log - _LOGS_A_SET + 1 if log % _RETRIES == _RETRIES - 1 else log


def _began(log: int) -> datetime:
    return _START + timedelta(hours=4 * log)
