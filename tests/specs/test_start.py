from __future__ import annotations

import subprocess
import sys

HEAVY = ("yaml", "dotenv", "inspect_ai", "pydantic", "sqlalchemy", "litestar", "rich", "difflib", "hashlib")


def test_loading_needs_no_heavy_library_until_it_reads() -> None:
    code = (
        "import sys, hawk.specs.load, hawk.specs.secrets, hawk.specs.requirements, hawk.specs.overrides;"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_types_are_read_safely_while_garbage_is_collected() -> None:
    """msgspec 0.22 crashes in the collector on a union of a constrained int and a fixed tuple."""
    code = (
        "import gc; from hawk.specs.eval_set import EvalSetSpec; from hawk.specs.inspect_options import OPTIONS;"
        "from msgspec.inspect import type_info; gc.set_threshold(1);"
        "[type_info(each) for each in (EvalSetSpec, *OPTIONS.values())]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
