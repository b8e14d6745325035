"""``hawk transcript``."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from hawk.cli.options import Json, OutputDir, Server
from hawk.cli.output import show, show_json
from hawk.cli.samples import sample_text, write_sample
from hawk.cli.session import open_session


async def transcript(
    uuid: Annotated[str, Parameter(help="The sample's uuid, as `hawk list samples` shows it.")],
    /,
    *,
    raw: Annotated[bool, Parameter(help="As it stands in the log: Inspect's JSON.")] = False,
    output_dir: OutputDir = None,
    server: Server = None,
    json: Json = False,
) -> None:
    """Print one sample as Markdown: what it was asked, what was said and called, and its scores."""
    async with open_session(server) as session:
        if json and not raw:
            show_json(await session.client.transcript(uuid))
            return
        text = await sample_text(session.client, uuid, raw=raw or json)
        if output_dir is None:
            show(text)
            return
        show(f"Wrote: {write_sample(output_dir, uuid, text, raw=raw)}")
