"""``python -m hawk.runner JOB_FOLDER …``: the outer stage of a run."""

from __future__ import annotations

import sys

from hawk.runner.bootstrap import main

main(sys.argv[1:])
