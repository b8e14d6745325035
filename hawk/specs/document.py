"""The text of a config as plain data, with the place of every value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

from hawk.errors import FieldProblem
from hawk.specs.compose import Broken, Composer
from hawk.specs.decoding import INVALID
from hawk.specs.nodes import Mapping, Mark, Node, Sequence, marks, plain
from hawk.specs.part import Path
from hawk.specs.problems import invalid

if TYPE_CHECKING:
    import yaml

MAX_TEXT: Final = 1_000_000
"""Characters of a config."""


@dataclass(frozen=True, slots=True)
class Document:
    """A config's text, read. ``problems`` leave ``data`` with holes, which decoding passes over."""

    data: Any
    root: Node
    mark: Mark
    problems: list[FieldProblem] = field(default_factory=list[FieldProblem])

    def locate(self, path: Path) -> Mark:
        """Where a value stands; for one that is missing, where the map around it stands."""
        last = self.mark
        for mark in marks(self.root, path):
            last = mark
        return last


def read_document(text: str, source: str) -> Document:
    """One YAML document with a map at its top. Raises ``InvalidConfig``, with the place."""
    document = read_value(text.removeprefix("\ufeff"), source)
    if document is None or document.data is None:
        raise invalid(source, [FieldProblem("", "expected a map with at least `tasks`, found nothing", 1, 1)])
    if not isinstance(document.root, Mapping):
        found = "a list" if isinstance(document.root, Sequence) else "a single value"
        raise invalid(source, [FieldProblem("", f"expected a map at the top, found {found}", *document.mark)])
    return document


def read_value(text: str, source: str) -> Document | None:
    """Any YAML value, None if the text has none. Raises ``InvalidConfig``."""
    if len(text) > MAX_TEXT:
        raise invalid(
            source, [FieldProblem("", f"expected at most {MAX_TEXT} characters, found {len(text)}")]
        )
    composer = Composer(_events(text), INVALID)
    try:
        found = composer.document()
    except Broken as broken:
        raise invalid(source, [*composer.problems, _problem(broken)]) from broken
    if found is None:
        return None
    mark, root = found
    return Document(plain(root), root, mark, composer.problems)


def _problem(broken: Broken) -> FieldProblem:
    line, column = broken.mark or (None, None)
    return FieldProblem("", broken.message, line, column)


def _events(text: str) -> Iterator[yaml.Event]:
    import yaml

    try:
        text.encode()
        parse = cast("Callable[..., Iterator[yaml.Event]]", yaml.parse)
        yield from parse(text, Loader=getattr(yaml, "CLoader", yaml.Loader))
    except yaml.MarkedYAMLError as error:
        raise _syntax(error) from error
    except yaml.reader.ReaderError as error:
        raise Broken(*_character(text)) from error
    except UnicodeEncodeError as error:
        raise Broken("expected text, found half a surrogate pair", _place(text, error.start)) from error


def _syntax(error: yaml.MarkedYAMLError) -> Broken:
    mark = error.problem_mark or error.context_mark
    place = (mark.line + 1, mark.column + 1) if mark else None
    problem = error.problem or error.context or "something else"
    if "'\\t'" in problem:
        return Broken("expected spaces, found a tab, which can't indent YAML", place)
    context = f" {error.context}" if error.context and error.problem else ""
    return Broken(f"expected valid YAML: {problem}{context}", place)


def _character(text: str) -> tuple[str, Mark]:
    from yaml.reader import Reader

    match = Reader.NON_PRINTABLE.search(text)
    at = match.start() if match else 0
    return f"expected printable text, found the character U+{ord(text[at]):04X}", _place(text, at)


def _place(text: str, at: int) -> Mark:
    before = text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1
