"""Reads what uv wrote: which package an error is about, what was tried, and what was met."""

from __future__ import annotations

import re

from hawk.packages.redaction import redact


def clean(output: str) -> str:
    """uv's text without terminal codes, credentials, and lines that only say what it did."""
    noise = re.compile(r"\s*(?:DEBUG|TRACE|INFO|WARN|warning:|Updating |Updated |Resolved \d|hint:)")
    return "\n".join(line for line in redact(output).splitlines() if line.strip() and not noise.match(line))


def last_useful_lines(output: str, count: int = 3) -> str:
    """The lines of a build's output that say what is wrong: the exception, else the last ones."""
    lines = [line.strip() for line in clean(output).splitlines()]
    lines = [line for line in lines if not line.startswith(("File ", "cause: ", "error: ", "^", "[stderr]"))]
    raised = [line for line in lines if re.match(r"[\w.]*(?:Error|Exception|Exit|fatal)\b.*:?", line)]
    return _shorten(" / ".join(raised[-1:] or lines[-count:]) or clean(output))


def subject(text: str) -> str:
    """The package or address that an error is about, as uv quotes it."""
    found = re.search(r"(?:build|download|clone|fetch|distribution)[^`\n]*`([^`]+)`", text) or re.search(
        r"\b((?:git\+)?(?:https?|ssh|file)://[^\s'`\")]+)", text
    )
    return f"`{found[1]}`" if found else "a package"


def not_found(text: str) -> str:
    """A sentence about a package, or a version of one, that isn't there."""
    absent = re.search(r"Because (\S+) was not found in", text)
    if absent:
        return f"Package `{absent[1]}` was not found in the package index."
    version = re.search(r"there (?:is|are) no versions? of (\S+?),?(?: and|\s|$)", text)
    if version:
        return f"There is no version of `{version[1]}` in the package index."
    return f"A package was not found: {explanation(text)}."


def explanation(text: str) -> str:
    """Why a set of requirements has no solution, as far as 400 characters go."""
    found = re.search(r"(Because .*)", text, re.DOTALL)
    words = " ".join((found[1] if found else causes(text)).split())
    words = words.removeprefix("Because ")
    return _shorten(re.sub(r",? we can conclude that your requirements are unsatisfiable\.?$", "", words))


def git_said(text: str) -> str:
    """What git complained about."""
    said = re.findall(r"(?:fatal|error|remote): (.*)", text)
    missing = re.findall(r"cause: (failed to fetch branch.*|.*not found.*)", text)
    return _shorten((missing or said or [causes(text)])[-1].rstrip("."))


def causes(text: str) -> str:
    """The first line of an error and the last of its causes: what was tried, and what was met."""
    errors = re.findall(r"^\s*(?:error|cause|Caused by): (.*)", text, re.MULTILINE)
    chosen = errors if len(errors) < 2 else [errors[0], errors[-1]]
    return _shorten(": ".join(chosen) or " ".join(text.split()) or "it said nothing").rstrip(".")


def _shorten(words: str, limit: int = 400) -> str:
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"
