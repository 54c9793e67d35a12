"""`key: value` lines at the head of a file, as texts, lists and mappings that know their line.

PyYAML's scanner and parser do the reading; nothing is ever constructed, so a value is what was
typed, and a file can't grow (aliases) or become an object (tags).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from django.utils.translation import gettext as _

LIMIT = 20_000  # characters
_DEEPEST = 4


class BadLetterFile(ValueError):
    """The file can't be read as a letter; `reason` is safe to show, `line` counts from 1."""

    def __init__(self, reason: str, line: int | None) -> None:
        self.reason, self.line = reason, line
        super().__init__(str(self))

    def __str__(self) -> str:
        if self.line is None:
            return self.reason
        return _("Line {line}: {reason}").format(line=self.line, reason=self.reason)


@dataclass(frozen=True)
class Value:
    node: yaml.Node
    line: int
    first_line: int

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.node, yaml.MappingNode)

    def text(self, key: str) -> str:
        if not isinstance(self.node, yaml.ScalarNode):
            raise BadLetterFile(_("“{key}” takes one text.").format(key=key), self.line)
        return str(self.node.value).strip()

    def texts(self, key: str) -> list[str]:
        """A list, or one text with commas."""
        if isinstance(self.node, yaml.ScalarNode):
            return [part.strip() for part in str(self.node.value).split(",") if part.strip()]
        return [one.text(key) for one in self.items()]

    def items(self) -> Iterator["Value"]:
        """What a list holds; anything else holds itself, and an empty text nothing."""
        if isinstance(self.node, yaml.SequenceNode):
            yield from (_value(node, self.first_line) for node in self.node.value)
        elif self.is_mapping or self.node.value:
            yield self

    def entries(self) -> dict[str, "Value"]:
        return _entries(self.node, self.first_line)


def read(front: str, *, first_line: int) -> dict[str, Value]:
    """The entries of a front matter that begins in `first_line` of its file.

    Raises BadLetterFile with the line.
    """
    if len(front) > LIMIT:
        raise BadLetterFile(
            _("The front matter is too long. It has at most 20,000 characters."), first_line
        )
    for number, line in enumerate(front.split("\n"), start=first_line):
        if "\t" in line[: len(line) - len(line.lstrip())]:
            raise BadLetterFile(_("Indent with spaces; here is a tab."), number)
    try:
        node = yaml.compose(front, Loader=_PlainLoader)
    except yaml.MarkedYAMLError as bad:
        mark = bad.problem_mark or bad.context_mark
        raise BadLetterFile(_why(bad), mark.line + first_line if mark else None) from None
    except yaml.reader.ReaderError as bad:
        number = front.count("\n", 0, bad.position) + first_line
        raise BadLetterFile(_("There is a character here that can’t be read."), number) from None
    if node is None:
        raise BadLetterFile(_("The front matter is empty."), first_line)
    if not isinstance(node, yaml.MappingNode):
        raise BadLetterFile(_("The front matter has lines like “title: …”."), first_line)
    return _entries(node, first_line)


class _Forbidden(yaml.MarkedYAMLError):
    pass


class _PlainLoader(yaml.BaseLoader):
    """Composes texts, lists and mappings a few levels deep, and nothing else."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise _Forbidden(problem=_quoted("& *"), problem_mark=event.start_mark)
        if event.tag is not None:
            raise _Forbidden(problem=_quoted("!"), problem_mark=event.start_mark)
        if self.depth >= _DEEPEST:
            raise _Forbidden(problem=_("This is nested too deep."), problem_mark=event.start_mark)
        self.depth += 1
        try:
            node: yaml.Node | None = super().compose_node(parent, index)
        finally:
            self.depth -= 1
        return node


def _quoted(signs: str) -> str:
    return _("A value can’t begin with {signs} here. Put quotes around it.").format(signs=signs)


def _why(bad: yaml.MarkedYAMLError) -> str:
    if isinstance(bad, _Forbidden):
        return str(bad.problem)
    problem = bad.problem or ""
    if "mapping values" in problem:
        return _('A value with a colon in it needs quotes around it: title: "Water: now".')
    if "while scanning a quoted scalar" in (bad.context or ""):
        return _("A quotation mark is opened and never closed.")
    return _("This isn’t a line like “title: …”. A value with signs in it needs quotes around it.")


def _entries(node: yaml.Node, first_line: int) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key, value in node.value:
        line = key.start_mark.line + first_line
        if not isinstance(key, yaml.ScalarNode):
            raise BadLetterFile(_("A key is one word."), line)
        if key.value in found:
            why = _("“{key}” stands here a second time; the first is in line {line}.")
            raise BadLetterFile(why.format(key=key.value[:40], line=found[key.value].line), line)
        found[key.value] = Value(value, line, first_line)
    return found


def _value(node: yaml.Node, first_line: int) -> Value:
    return Value(node, node.start_mark.line + first_line, first_line)
