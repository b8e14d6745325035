"""``hawk view-sample``."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from hawk.cli.options import Server
from hawk.cli.session import open_session
from hawk.cli.viewer import open_page, sample_page, viewer_of


async def view_sample(
    uuid: Annotated[str, Parameter(name="UUID", help="The sample's uuid.")], /, *, server: Server = None
) -> None:
    """Open a sample's page, and print its address."""
    async with open_session(server) as session:
        open_page(sample_page(await viewer_of(session), uuid))
