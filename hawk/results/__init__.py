"""The read side: evals, samples, transcripts. Called as a function, it gives lists as dataframes.

``hawk.results`` is this package wherever something of it is imported, so the public function of that name
is what a call of the package does.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    def __call__(self, *args: Any, **options: Any) -> Any:
        """See :func:`hawk.client.results.results`."""
        # By its name, for the client is above this package and not its to know.
        return importlib.import_module("hawk.client.results").results(*args, **options)


sys.modules[__name__].__class__ = _Callable
