"""What the chosen backend can't do, said before anything is sent to it."""

from __future__ import annotations

from hawk.cli.output import say
from hawk.errors import Unsupported
from hawk.jobs.types import BackendInfo, ServerInfo
from hawk.specs.eval_set import EvalSetSpec


def choose_backend(server: ServerInfo, name: str | None) -> BackendInfo:
    """The backend of that name, or the server's own choice."""
    wanted = name or server.default_backend
    for backend in server.backends:
        if backend.name == wanted:
            return backend
    there = ", ".join(sorted(backend.name for backend in server.backends)) or "none"
    raise Unsupported(f"There is no backend {wanted!r} on {server.location}.", fix=f"Use one of: {there}.")


def check_backend(backend: BackendInfo, image_tag: str | None, spec: EvalSetSpec) -> None:
    """Refuse what was asked for as a flag and can't be had; warn of the same in the config."""
    can = backend.capabilities
    if image_tag is not None and not can.images:
        raise Unsupported(
            f"--image-tag: the {backend.name} backend runs no images.",
            fix="Leave it out, or choose a backend that runs containers with --backend.",
        )
    runner = spec.runner
    ignored = [] if can.images or runner.image_tag is None else ["image_tag"]
    if not can.resources:
        ignored += [name for name in ("memory", "cpu") if getattr(runner, name) is not None]
    for name in ignored:
        say(f"warning: runner.{name} means nothing on the {backend.name} backend, and is ignored.")
