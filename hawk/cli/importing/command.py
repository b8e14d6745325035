"""``hawk import``: logs that Hawk did not run, into its storage."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hawk.cli.importing.eval_sets import check_eval_set
from hawk.cli.importing.report import dry_run_table, line_of, summary
from hawk.cli.importing.sending import Outcome, Sender
from hawk.cli.importing.sources import Source, find_sources
from hawk.cli.output import say, show, show_json
from hawk.cli.parallel import in_parallel
from hawk.cli.session import Session, open_session
from hawk.cli.transfer import transfer
from hawk.errors import EXIT_FAILED

_SETS_SEEN = 5
"""Up to so many eval sets are brought up to date one by one."""


class Report(msgspec.Struct, frozen=True):
    """What became of every log, as ``--json`` prints it."""

    items: tuple[Outcome, ...]


async def import_all(
    places: Sequence[str], eval_set: str | None, server: str | None, *, dry_run: bool, json: bool
) -> int:
    """Import every log at the places. Returns the exit code of the command."""
    if eval_set is not None:
        check_eval_set(eval_set)
    sources = await find_sources(places)
    async with open_session(server) as session:
        outcomes = await _send(session, sources, eval_set, dry_run=dry_run)
        if json:
            show_json(Report(tuple(outcomes)))
        elif dry_run:
            show("\n".join(dry_run_table(outcomes)))
        if not dry_run:
            await _conclude(session, outcomes)
    return EXIT_FAILED if any(one.outcome == "failed" for one in outcomes) else 0


async def _send(
    session: Session, sources: Sequence[Source], eval_set: str | None, *, dry_run: bool
) -> list[Outcome]:
    total = sum(source.entry.size for source in sources)
    outcomes: list[Outcome] = []
    with transfer("Checking" if dry_run else "Importing", len(sources), total) as shown:
        sender = Sender(session.client, eval_set, dry_run=dry_run, moved=shown.moved)
        async for outcome in in_parallel(sources, sender.send):
            outcomes.append(outcome)
            if not dry_run or outcome.outcome == "failed":
                shown.done(line_of(outcome), failed=outcome.outcome == "failed")
    return sorted(outcomes, key=lambda one: one.source)


async def _conclude(session: Session, outcomes: Sequence[Outcome]) -> None:
    """Say what came of it, and have it imported, or at least begun, by the time of the next command."""
    sets = sorted({one.eval_set_id for one in outcomes if one.eval_set_id is not None})
    for line in summary(outcomes, session.where):
        say(line)
    if not sets:
        return
    for one in sets if len(sets) <= _SETS_SEEN else [None]:
        await session.client.evals(eval_set=one, limit=1)
        session.say_pending()
    if len(sets) == 1:
        session.used.remember(sets[0], session.url)
    say(f"Next: hawk list evals {sets[0]}" if len(sets) == 1 else "Next: hawk list eval-sets")
