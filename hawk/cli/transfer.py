"""How far a transfer of files is: a bar on a terminal, a line for each file elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from hawk.cli.output import is_terminal, say
from hawk.cli.text import one_line


class Transfer(Protocol):
    """What is told while files move."""

    def moved(self, size: int) -> None:
        """So many more bytes are done."""
        ...

    def done(self, line: str, *, failed: bool = False) -> None:
        """One more file is done; the line says how."""
        ...


@contextmanager
def transfer(verb: str, files: int, size: int) -> Generator[Transfer]:
    """Show a transfer of so many files and bytes while it goes on."""
    if not is_terminal(sys.stderr):
        yield _Lines()
        return
    with _bar(verb, files, size) as bar:
        yield bar


class _Lines:
    def moved(self, size: int) -> None:
        del size

    def done(self, line: str, *, failed: bool = False) -> None:
        say(f"error: {line}" if failed else line)


@contextmanager
def _bar(verb: str, files: int, size: int) -> Generator[Transfer]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description} {task.fields[done]}/{task.fields[files]}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(verb, total=max(size, 1), done=0, files=files)

        class Bar:
            finished = 0

            def moved(self, size: int) -> None:
                progress.advance(task, size)

            def done(self, line: str, *, failed: bool = False) -> None:
                self.finished += 1
                progress.update(task, done=self.finished)
                if failed:
                    console.print(f"error: {one_line(line)}", markup=False, highlight=False)

        yield Bar()
