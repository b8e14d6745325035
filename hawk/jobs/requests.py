"""What a request to launch is told by: its key, its body, and what it may not do."""

from __future__ import annotations

import hashlib

import msgspec
from sqlalchemy.engine import RowMapping

from hawk.auth.caller import Caller
from hawk.errors import Conflict, Forbidden, InvalidConfig
from hawk.jobs.records import LaunchRecord
from hawk.jobs.states import TERMINAL
from hawk.jobs.types import Resume, Submission
from hawk.specs.eval_set import EvalSetSpec
from hawk.specs.ids import make_id


def body_hash(body: Submission | Resume, job_id: str = "") -> str:
    """A hash of a request without its secrets and the size of a terminal, which a retry may change.

    ``job_id`` is the job that a resume is about.
    """
    bare = msgspec.structs.replace(body, secrets={}, terminal=None)
    return hashlib.sha256(job_id.encode() + msgspec.json.encode(bare, order="deterministic")).hexdigest()


def id_of(spec: EvalSetSpec, owner: str, key: str) -> str:
    """The id of a new job: the config's own, else one that a retry of the request finds again."""
    return spec.eval_set_id or make_id(spec.name, key=f"{owner}\n{key}")


def refuse_running(row: RowMapping) -> None:
    """Only an ended job is launched again."""
    if row["status"] not in TERMINAL:
        raise Conflict(
            f"{row['id']} is {row['status']}; a job is launched again when it has ended.",
            fix=f"Wait for it with `hawk watch {row['id']}`, or end it with `hawk stop {row['id']}`.",
        )


def refuse_foreign(job_id: str, owner: str | None, user: Caller) -> None:
    """An id belongs to who used it first. Who that is, not everybody may know."""
    if owner is not None and owner != user.owner and not user.admin:
        raise Forbidden(f"The id {job_id} belongs to somebody else.", fix="Choose another eval_set_id.")


def refuse_dirty(job_id: str, submission: Submission, user: Caller, owner: str | None) -> None:
    """A folder of logs is used only where that is meant, and by who owns it or an admin."""
    if not submission.log_dir_allow_dirty:
        raise Conflict(
            f"The folder of {job_id} has logs that Hawk did not run.",
            fix="Choose another eval_set_id, or add --log-dir-allow-dirty to use the folder as it is.",
        )
    if owner is None and not user.admin:
        raise Forbidden(
            f"The logs of {job_id} are nobody's, so an admin's.", fix="Choose another eval_set_id."
        )


def refuse_other_id(job_id: str, spec: EvalSetSpec) -> None:
    """A resume stays with its job."""
    if spec.eval_set_id not in {None, job_id}:
        raise InvalidConfig(
            f"The config's eval_set_id is {spec.eval_set_id}, and the job's is {job_id}.",
            fix="Take eval_set_id out of the config, or submit it as a job of its own.",
        )


def resumed(before: LaunchRecord, resume: Resume, lock: str | None, **new: object) -> LaunchRecord:
    """The record of a resume: what ``before`` says, but for what the request and ``new`` say.

    ``lock`` is the one that the launch before ran on; another config comes with its own.
    """
    same = resume.spec is None
    return msgspec.structs.replace(
        before,
        decision="resumed",
        key=resume.key,
        spec=before.spec if resume.spec is None else resume.spec,
        requirements=before.requirements if same else resume.requirements or (),
        lock=lock if same else resume.lock,
        packages=before.packages if same else resume.packages,
        secret_names=tuple(resume.secrets),
        errors_only=resume.errors_only,
        **new,
    )
