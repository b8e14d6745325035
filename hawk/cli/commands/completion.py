"""``hawk completion``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from hawk.cli.app import make_app
from hawk.cli.output import say
from hawk.errors import UsageFault

Shell = Literal["bash", "zsh", "fish"]
_HOW = {
    "bash": "hawk completion bash > ~/.local/share/bash-completion/completions/hawk",
    "zsh": "hawk completion zsh > ~/.zfunc/_hawk    (with `fpath+=~/.zfunc` before compinit in ~/.zshrc)",
    "fish": "hawk completion fish > ~/.config/fish/completions/hawk.fish",
}


def completion(
    shell: Annotated[Shell | None, Parameter(help="The shell; without it the one of $SHELL.")] = None, /
) -> None:
    """Print the completion script of a shell."""
    chosen = shell or _own_shell()
    sys.stdout.write(f"{make_app().generate_completion(prog_name='hawk', shell=chosen).rstrip()}\n")
    if sys.stdout.isatty():
        say(f"To install it: {_HOW[chosen]}")


def _own_shell() -> Shell:
    shells: dict[str, Shell] = {"bash": "bash", "zsh": "zsh", "fish": "fish"}
    shell = shells.get(Path(os.environ.get("SHELL", "")).name)
    if shell is None:
        raise UsageFault(
            "$SHELL names no shell that Hawk can complete in.", fix="Name one: hawk completion bash"
        )
    return shell
