"""The samples of a task that a config asks for."""

from __future__ import annotations

import difflib
from fnmatch import fnmatch

from inspect_ai.dataset import Dataset

from hawk.errors import InvalidConfig


def select(task: str, dataset: Dataset, wanted: tuple[str | int, ...]) -> Dataset:
    """Only the samples whose ids are ``wanted`` (numbers as text or not, and patterns such as ``sum-*``).

    Raises :class:`InvalidConfig` with near ids where one matches nothing.
    """
    for number, sample in enumerate(dataset, 1):
        if sample.id is None:
            sample.id = number  # What Inspect numbers them with, but before the others are taken out.
    ids = [_normal(sample.id) for sample in dataset]
    patterns = [_normal(one) for one in wanted]
    missing = [one for one in patterns if not any(fnmatch(id_, one) for id_ in ids)]
    if missing:
        raise InvalidConfig(f"Task '{task}' has no sample '{missing[0]}'.", fix=_near(missing[0], ids))
    return dataset.filter(lambda sample: any(fnmatch(_normal(sample.id), one) for one in patterns))


def _normal(sample_id: str | int | None) -> str:
    # As Inspect compares them: the text "007" is the number 7.
    text = str(sample_id)
    return str(int(text)) if text.isdecimal() else text


def _near(wanted: str, ids: list[str]) -> str:
    near = difflib.get_close_matches(wanted, ids, n=3, cutoff=0.5) or ids[:3]
    return f"There are {len(ids)}, such as {', '.join(near)}."
