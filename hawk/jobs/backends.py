"""The execution backends of this installation, by name."""

from __future__ import annotations

from hawk.backends.execution.protocol import ExecutionBackend
from hawk.errors import Unsupported


class Backends:
    """What jobs can run on here; ``default`` is where they run unless they say otherwise."""

    def __init__(self, found: dict[str, ExecutionBackend], default: str) -> None:
        self._found = found
        self._default = default

    def get(self, name: str) -> ExecutionBackend | None:
        """The backend of that name, None where it isn't here any more."""
        return self._found.get(name)

    def of_this_machine(self) -> list[ExecutionBackend]:
        """Those that are this machine's own."""
        return [backend for backend in self._found.values() if backend.capabilities.runs_beside_server]

    def chosen(self, name: str | None) -> ExecutionBackend:
        """The backend that a submission asks for. Raises Unsupported with what there is."""
        wanted = name or self._default
        if wanted not in self._found:
            raise Unsupported(
                f"There is no backend {wanted!r} here.",
                fix=f"Use one of: {', '.join(sorted(self._found))}.",
            )
        return self._found[wanted]

    def require(self, job_id: str, name: str) -> ExecutionBackend:
        """The backend that a job is on. Raises Unsupported where it isn't here any more."""
        if name not in self._found:
            raise Unsupported(
                f"{job_id} is on the backend {name!r}, which is not installed here.",
                fix="Install the package that brings it, then try again.",
            )
        return self._found[name]
