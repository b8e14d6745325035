from tests.importers.conftest import real_logs
from tests.worker.conftest import site

__all__ = ["real_logs", "site"]
