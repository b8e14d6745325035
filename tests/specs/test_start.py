from __future__ import annotations

import subprocess
import sys

HEAVY = ("yaml", "dotenv", "inspect_ai", "pydantic", "sqlalchemy", "litestar", "rich", "difflib")


def test_loading_needs_no_heavy_library_until_it_reads() -> None:
    code = (
        "import sys, hawk.specs.load, hawk.specs.secrets, hawk.specs.requirements, hawk.specs.overrides;"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
