"""Writes the logs of one Inspect release: ``python make_logs.py FOLDER``, in that release's environment.

It makes FOLDER/eval, FOLDER/json, FOLDER/running (a log as it is before its last sample) and
FOLDER/edited, as far as the release can write them.
"""

from __future__ import annotations

import inspect
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import inspect_ai.log as logs
import inspect_ai.model as models
import inspect_ai.scorer as scorers
from behaviour import behave, failed, graded, keep_snapshot, letters, listed, unsure
from inspect_ai import Task, eval  # noqa: A004 - Inspect's own name
from inspect_ai.dataset import Sample
from inspect_ai.log import read_eval_log, write_eval_log
from inspect_ai.model import ChatMessageUser, ContentImage, ContentText
from inspect_ai.scorer import includes
from inspect_ai.solver import generate, system_message, use_tools
from parrot import LONG, recite, refuse

PIXEL = "data:image/png;base64," + "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB" * 8
TIMES = [datetime(2026, 5, day, 1, 2, 3, tzinfo=UTC) for day in (1, 2)]
CAN_ADD = hasattr(logs, "invalidate_samples")
"""Whether an edit may add a score. Inspect learned both in one release."""
ACCEPTED = set(inspect.signature(eval).parameters)
TAKEN = set(inspect.signature(Task.__init__).parameters)


def samples() -> list[Sample]:
    picture = [ContentText(text=f"what is this? {LONG}"), ContentImage(image=PIXEL)]
    names = ["steps", "talks", "raises", "letters"]
    if "retry_on_error" in ACCEPTED:
        names.append("retries")
    if "model_roles" in ACCEPTED:
        names.append("roles")
    return [
        Sample(id=1, input="one", target="Default"),
        Sample(id=20, input=f"twenty {LONG}", target=["other", "else"], metadata={"k": [1, None]}),
        Sample(id="a/ü 3", input=[ChatMessageUser(content=picture)], target="Default"),
        *(Sample(id=name, input=name, target="Default") for name in names),
    ]


def roles() -> dict[str, Any]:
    """Model roles; the newer releases take several models for one."""
    found: dict[str, Any] = {"critic": models.get_model("parrot/grey")}
    if "Sequence" in str(inspect.signature(eval).parameters["model_roles"].annotation):
        found["jury"] = [models.get_model("parrot/kea"), models.get_model("parrot/lory")]
    return found


def run(work: Task, folder: Path, **options: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if "model_roles" in ACCEPTED:
        options["model_roles"] = roles()
    given = {
        "model": "parrot/ara",
        "model_args": {"plumage": "red"},
        "log_dir": str(folder),
        "display": "none",
        "log_level": "warning",
        "retry_on_error": 1,
        "tags": ["zebra", "ara", "zebra"],
        "metadata": {"created_by": "ann", "deep": {"n": 1}},
        "token_limit": 10**12,
        **options,
    }
    eval(work, **{name: value for name, value in given.items() if name in ACCEPTED})


def mixed(folder: Path, log_format: str) -> None:
    failed.clear()
    headline = {"headline_metric": "graded.close"} if "headline_metric" in TAKEN else {}
    work = Task(
        dataset=samples(),
        name="mixed",
        solver=[
            system_message(f"You are a parrot. {LONG}"),
            use_tools([recite(), refuse()]),
            behave(),
            generate(),
        ],
        scorer=[includes(), graded(), listed(), unsure(), letters()],
        epochs=2,
        message_limit=8,
        fail_on_error=False,
        **headline,
    )
    run(work, folder, log_format=log_format)


def running(folder: Path, source: Path) -> None:
    folder.mkdir()
    work = Task(
        dataset=[Sample(id=name, input="q", target="Default") for name in (1, "second", "last")],
        name="running",
        solver=[keep_snapshot(str(source), str(folder)), generate()],
        scorer=includes(),
    )
    run(work, source, max_samples=1, log_buffer=1)
    shutil.rmtree(source)
    if not any(folder.iterdir()):
        # The first release with archives wrote nothing before the end.
        folder.rmdir()


def edited(source: Path, folder: Path) -> None:
    """Scores edited and added, samples invalidated, tags and metadata changed, as the release can."""
    log: Any = read_eval_log(next(source.glob("*.eval")).as_posix())
    provenance = getattr(scorers, "ProvenanceData", None) or logs.ProvenanceData
    first, second = (provenance(timestamp=at, author="bob", reason="wrong \0 ü") for at in TIMES)
    for name, edit in (
        ("includes", scorers.ScoreEdit(value="P", explanation="by hand", provenance=first)),
        ("includes", scorers.ScoreEdit(value="I", provenance=second)),
        ("added", scorers.ScoreEdit(value="N", answer="none", provenance=first)),
    ):
        sample = next(one for one in log.samples if one.id == 1 and one.epoch == 1)
        if name in sample.scores or CAN_ADD:
            logs.edit_score(log, 1, name, edit, recompute_metrics=False, epoch=1)
    if hasattr(logs, "invalidate_samples"):
        log = logs.invalidate_samples(log, [log.samples[0].uuid, log.samples[3].uuid], first)
    if hasattr(logs, "edit_eval_log"):
        edits = [
            logs.TagsEdit(tags_add=["new", "b"], tags_remove=["zebra"]),
            logs.MetadataEdit(metadata_set={"more": [1]}, metadata_remove=["deep"]),
        ]
        log = logs.edit_eval_log(log, edits, second)
    folder.mkdir()
    write_eval_log(log, str(folder / Path(log.location).name))


def main(root: Path) -> None:
    mixed(root / "json", "json")
    if "log_format" in ACCEPTED:
        mixed(root / "eval", "eval")
        running(root / "running", root / "unused")
    if hasattr(logs, "edit_score"):
        edited(root / "eval", root / "edited")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
