"""``hawk download``: the logs of an eval set as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from hawk.cli.downloading.fetching import Fetched, Fetcher
from hawk.cli.output import say, show, show_json
from hawk.cli.parallel import in_parallel
from hawk.cli.rendering.values import plural, size
from hawk.cli.session import Session
from hawk.cli.transfer import transfer
from hawk.errors import EXIT_FAILED, NotFound
from hawk.log_files.types import LogFile

_WORDS = {"fetched": "Fetched", "there": "Already there:"}


class Report(msgspec.Struct, frozen=True):
    """What became of every log, as ``--json`` prints it."""

    items: tuple[Fetched, ...]


async def download_logs(
    session: Session, files: Sequence[LogFile], folder: Path, *, force: bool, json: bool
) -> int:
    """Fetch logs into a folder. Returns the exit code of the command."""
    done: list[Fetched] = []
    with transfer("Fetching", len(files), sum(file.size for file in files)) as shown:
        fetcher = Fetcher(session.client, folder, shown, force=force)
        async for one in in_parallel(files, fetcher.fetch):
            done.append(one)
            shown.done(_line(one), failed=one.outcome == "failed")
    if json:
        show_json(Report(tuple(sorted(done, key=lambda one: one.log))))
    else:
        show(str(folder))
    _say_summary(done, folder)
    return EXIT_FAILED if any(one.outcome == "failed" for one in done) else 0


async def chosen_files(session: Session, eval_set: str | None, eval_id: str | None) -> list[LogFile]:
    """The logs of an eval set, or those of one eval, superseded or not. Raises NotFound."""
    if eval_id is None:
        return list(await session.client.log_files(eval_set or ""))
    page = await session.client.evals(eval_set=eval_set, search=eval_id, superseded=True, limit=500)
    logs = {one.log: one.eval_set_id for one in page.items if one.id == eval_id}
    if not logs:
        raise NotFound(f"There is no eval {eval_id!r}.", fix="`hawk list evals --all` shows those there are.")
    sets = dict.fromkeys(logs.values())
    return [file for one in sets for file in await session.client.log_files(one) if file.log in logs]


def _line(one: Fetched) -> str:
    return f"{one.log}: {one.reason}" if one.outcome == "failed" else f"{_WORDS[one.outcome]} {one.path}"


def _say_summary(done: Sequence[Fetched], folder: Path) -> None:
    fetched = [one for one in done if one.outcome == "fetched"]
    there = sum(one.outcome == "there" for one in done)
    also = f"; {plural(there, 'log')} {'was' if there == 1 else 'were'} there already" if there else ""
    say(f"Fetched {plural(len(fetched), 'log')} ({size(sum(one.size for one in fetched))}){also}.")
    say(f"Next: inspect view --log-dir {folder}")
