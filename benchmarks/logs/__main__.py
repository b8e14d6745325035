"""``python -m benchmarks.logs finished|growing SHAPE FOLDER``: write one log."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.logs.writing import write_growing, write_log

kind, name, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
if kind == "growing":
    write_growing(folder / "before", folder / "after", name)
else:
    write_log(folder, name)
