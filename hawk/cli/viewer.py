"""Pages about a thing: their addresses, and a browser for them."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from urllib.parse import quote

from hawk.cli.output import say, show
from hawk.cli.session import Session
from hawk.errors import UsageFault

_STARTING = 5.0
_BROWSERS = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")


def eval_set_page(viewer: str, eval_set: str) -> str:
    """The page of an eval set."""
    return f"{viewer.rstrip('/')}/eval-set/{quote(eval_set, safe='')}"


def sample_page(viewer: str, uuid: str) -> str:
    """The page of a sample."""
    return f"{viewer.rstrip('/')}/permalink/sample/{quote(uuid, safe='')}"


async def viewer_of(session: Session) -> str:
    """Where pages are: as the settings say, else as the server does. Raises UsageFault where neither does."""
    viewer = session.settings.web.viewer or (await session.client.web_config()).viewer
    if not viewer:
        raise UsageFault(
            f"No viewer is known {session.where}.",
            fix="Set LOG_VIEWER_BASE_URL, or read on the command line: hawk transcripts",
        )
    return viewer


def open_page(url: str) -> None:
    """Print an address, and open it where there is a browser."""
    show(url)
    # What a server says is an address could be a file, or a flag of the browser's.
    if url.startswith(("https://", "http://")) and has_browser():
        say("Opening it in your browser.")
        opening = threading.Thread(target=webbrowser.open, args=(url,), daemon=True)
        opening.start()
        # Time enough for one to start; one that stays in the foreground must not keep the command.
        opening.join(_STARTING)


def has_browser() -> bool:
    """Whether there is one that won't take this terminal for itself."""
    return sys.platform == "darwin" or any(os.environ.get(name) for name in _BROWSERS)
