"""Where ``python -I -S …/supervisor JOB_FOLDER`` begins."""

import importlib
import sys
from pathlib import Path

# At the end of the path, so that no neighbour of this package can hide a standard module.
sys.path[0:1] = []
sys.path.append(str(Path(__file__).resolve().parent.parent))

importlib.import_module("supervisor.start").main(Path(sys.argv[1]))
