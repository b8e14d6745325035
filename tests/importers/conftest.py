import fcntl
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests.importers.house import House

# Cores are shared: how long one example took says nothing.
settings.register_profile("hawk", deadline=None)
settings.load_profile("hawk")


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> House:
    return House(tmp_path, database_url)


@pytest.fixture(scope="session")
def real_logs(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Logs of real evals, made once for all workers."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    folder = shared / "real-logs"
    with (shared / "real-logs.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            folder.mkdir(exist_ok=True)
            maker = Path(__file__).with_name("make_logs.py")
            subprocess.run([sys.executable, str(maker), str(folder)], check=True, timeout=120, cwd=shared)
            (folder / "complete").touch()
    return folder
