"""Inspect's own control server, which every running eval set has: what ``inspect ctl`` speaks.

It answers on a socket in Inspect's data folder (or, where that lies deep, see ``control_socket``), from the
event loop of the run: while a sample holds the loop there is no answer, and :class:`Silent` is raised.
"""

from __future__ import annotations

import os
from typing import Any, Literal

import httpx

_TIMEOUT = 1.0
TaskCancel = Literal["score", "cancel"]
SampleCancel = Literal["score", "error", "cancel"]


class Silent(Exception):
    """The control server does not answer, or is not there yet."""


class Absent(Silent):
    """There is no control server: not yet, not any more, or it could not be started."""


class Refused(Exception):
    """The control server answered, and won't do it; the text says why."""


class ControlServer:
    """The control server of this very process. Every call raises :class:`Silent` where there is no answer."""

    def tasks(self) -> list[dict[str, Any]]:
        """One row for each task that was started or taken over from earlier logs, its samples counted."""
        return self._call("GET", "/tasks")

    def pause(self) -> None:
        """Let nothing begin any more: no sample, no retry, no task."""
        self._call("POST", "/pause")

    def cancel_task(self, task_id: str, action: TaskCancel) -> bool:
        """End a task: ``score`` what it has so far, or ``cancel`` it. False where it was ending already."""
        return bool(self._call("POST", f"/tasks/{task_id}/cancel", action=action)["changed"])

    def drain_task(self, task_id: str) -> None:
        """Let the samples of a task that run come to their end, and begin no other."""
        self._call("POST", f"/tasks/{task_id}/drain")

    def flush_task(self, task_id: str) -> None:
        """Write the samples that are done to the task's log now."""
        self._call("POST", f"/tasks/{task_id}/log-flush")

    def cancel_sample(self, eval_id: str, sample_id: str, epoch: int, action: SampleCancel) -> None:
        """End one running sample."""
        self._call("POST", f"/evals/{eval_id}/sample/cancel", sample_id=sample_id, epoch=epoch, action=action)

    def _call(self, method: str, path: str, **query: str | int) -> Any:
        try:
            with httpx.Client(transport=httpx.HTTPTransport(uds=_socket()), timeout=_TIMEOUT) as client:
                response = client.request(method, f"http://inspect{path}", params=query)
                answer = response.json()
        except httpx.ConnectError as error:
            raise Absent(f"{method} {path}: {error}") from error
        except (httpx.TransportError, ValueError) as error:
            raise Silent(f"{method} {path}: {error}") from error
        if response.is_success:
            return answer
        raise Refused(str(answer.get("error", answer)))


def _socket() -> str:
    from inspect_ai._control import discovery

    return str(discovery.default_socket_path(os.getpid()))
