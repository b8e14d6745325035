"""``hawk serve``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from hawk.cli.output import say
from hawk.cli.session import current_settings
from hawk.client.connect import server_part

if TYPE_CHECKING:
    from hawk.server.serving import Started

Host = Annotated[str | None, Parameter(help="The address to listen at.")]
Port = Annotated[
    int | None,
    Parameter(help="The port to listen at; 0 takes a free one.", validator=Number(gte=0, lte=65_535)),
]
Worker = Annotated[
    bool | None,
    Parameter(
        negative="--no-worker", help="Run a worker beside it (it does); without, run `hawk worker` elsewhere."
    ),
]


def serve(*, host: Host = None, port: Port = None, worker: Worker = None) -> int:
    """Answer Hawk's API to commands of others, from what `hawk.toml` and the environment say."""
    settings = current_settings()
    flags = {"host": host, "port": port, "worker": worker}
    given = {name: value for name, value in flags.items() if value is not None}
    settings = msgspec.structs.replace(settings, serve=msgspec.structs.replace(settings.serve, **given))
    with server_part():
        from hawk.server.serving import serve as run
    return run(settings, _tell)


def _tell(started: Started) -> None:
    say(f"Hawk answers at {started.url}")
    if started.token_file is not None:
        say(f"It has no logins: your own commands find its token in {started.token_file}")
    if started.token is not None:
        say(f"Other programs of yours send it: Authorization: Bearer {started.token}")
    say(f"Next: HAWK_API_URL={started.url} hawk list jobs")
