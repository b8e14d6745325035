"""Whether a folder is on a disk of this machine."""

from __future__ import annotations

import os
from pathlib import Path

from hawk.errors import Unavailable

_MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = {
    *("9p", "afs", "beegfs", "ceph", "cifs", "coda", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4"),
    *("smb3", "smbfs", "wekafs", "fuse.cephfs", "fuse.glusterfs", "fuse.gcsfuse", "fuse.mount-s3"),
    *("fuse.rclone", "fuse.s3fs", "fuse.sshfs"),
}


def refuse_network(folder: Path, mounts: Path = _MOUNTS) -> None:
    """Raise Unavailable where ``folder`` lies on a network file system.

    SQLite's write-ahead log shares memory between processes, which only one machine's can.
    """
    kind = _kind(folder, mounts)
    if kind in _NETWORK:
        raise Unavailable(
            f"{folder} is on a network file system ({kind}), where SQLite loses data.",
            fix="Set HAWK_HOME to a folder on a disk of this machine; HAWK_STORAGE may stay where it is.",
        )


def _kind(folder: Path, mounts: Path) -> str | None:
    """The type of the file system, None where this system doesn't tell."""
    try:
        lines = mounts.read_text(errors="replace").splitlines()
        device = folder.stat().st_dev
    except OSError:
        return None
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for fields in (line.split() for line in lines):
        if fields[2] == wanted and "-" in fields:
            return fields[fields.index("-") + 1]
    return None
