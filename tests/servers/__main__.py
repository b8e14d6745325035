"""``python -m tests.servers KIND FILE PID``: hold a server until the process PID ends; FILE tells of it."""

import os
import select
import sys
from pathlib import Path

import msgspec

from tests.servers.oidc.provider import oidc_server
from tests.servers.postgres import postgres_server
from tests.servers.s3 import s3_server

SERVERS = {"oidc": oidc_server, "postgres": postgres_server, "s3": s3_server}


def main(kind: str, told: Path, owner: int) -> None:
    alive = os.pidfd_open(owner)
    with SERVERS[kind]() as server:
        partial = told.with_suffix(".partial")
        partial.write_bytes(msgspec.json.encode(server))
        partial.replace(told)
        select.select([alive], [], [])


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
