"""``hawk search``."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from hawk.cli.listing import DEFAULTS, ListOptions, print_list
from hawk.cli.options import Server, Since
from hawk.cli.output import say, show, show_json
from hawk.cli.rendering.hits import hit_lines
from hawk.cli.rendering.values import plural
from hawk.cli.session import Session, open_session
from hawk.importers.text.entries import Kind
from hawk.results.search.types import Hit, HitList

_SHOWN = 20


async def search(
    text: Annotated[str, Parameter(name="TEXT", help="What to look for: any part of any text.")],
    /,
    *,
    regex: Annotated[bool, Parameter(help="It is a regular expression (RE2's syntax).")] = False,
    case: Annotated[bool, Parameter(help="Upper and lower case differ.")] = False,
    role: Annotated[list[Kind] | None, Parameter(help="Only in these words; may be given again.")] = None,
    eval_set: Annotated[str | None, Parameter(help="Only in this eval set.")] = None,
    task: Annotated[str | None, Parameter(help="Only in this task.")] = None,
    model: Annotated[str | None, Parameter(help="Only in evals that used this model.")] = None,
    since: Since = None,
    superseded: Annotated[bool, Parameter(help="In earlier tries of samples as well.")] = False,
    options: ListOptions = DEFAULTS,
    server: Server = None,
) -> None:
    """Find text in the transcripts of all evals, the newest first."""
    async with open_session(server) as session:

        async def page(size: int, cursor: str | None, *, total: bool = False) -> HitList:
            return await session.client.search(
                text,
                regex=regex,
                case=case,
                role=role or (),
                eval_set=eval_set,
                task=task,
                model=model,
                since=since,
                superseded=superseded,
                limit=size,
                cursor=cursor,
                total=total,
            )

        options.check()
        limit = options.limit or _SHOWN
        if options.json and limit <= _PAGE:
            show_json(await page(limit, None, total=True))
        elif options.json or options.jsonl or options.csv or options.parquet:
            await print_list(page, options, hit_lines, shape=Hit, nothing="")
        else:
            found = await page(min(limit, _PAGE), None)
            _print(found, session)
            total = found.total if found.total is not None else (await page(1, None, total=True)).total
            _say_total(len(found.items), total or 0)
        session.say_pending()


_PAGE = 500


def _print(found: HitList, session: Session) -> None:
    if found.items:
        show("\n".join(hit_lines(found.items)))
    else:
        say(f"No such text {session.where}.")


def _say_total(shown: int, total: int) -> None:
    if not shown:
        return
    more = f"; the first {shown} are shown (--limit shows more)" if total > shown else ""
    say(f"{plural(total, 'hit')}{more}. Next: hawk transcript UUID")
