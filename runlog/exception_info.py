"""An exception as the run log keeps it, and as it reads.

The payload is an array of [type, message, frames, notes, cause, context, suppress_context, members], *frames* of
[path, line, function, skipped]. An exception that is linked to others has a ninth field, an array of all of these;
*cause*, *context* and *members* are then numbers: 0 is the first exception, *n* the *n*th of that array. So a chain of
any length is no deeper than a single exception, and one that several point to is kept once. Older journals have the
arrays themselves in place of the numbers. A tenth field is the traceback of an exception of which only that is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

DEEPEST = 100
"""Exceptions from the one that was logged to the furthest one that is read."""
SHOWN_ABOVE = "[shown above]"
_CUT = "[what it was raised from, or holds, lies too deep to be shown]"
_OWN_FIELDS = 8
_TEXT = 9

Sources = Callable[[str, int], str]


@dataclass(frozen=True)
class Frame:
    """One frame of a traceback."""

    path: str
    line: int
    function: str
    source: str = ""
    skipped: int = 0
    """Frames left out before this one (a recursion's middle)."""


@dataclass(frozen=True)
class ExceptionInfo:
    """An exception as it was logged, with what it was raised from."""

    type: str
    message: str
    frames: Sequence[Frame]
    notes: Sequence[str] = ()
    cause: ExceptionInfo | None = None
    context: ExceptionInfo | None = None
    members: Sequence[ExceptionInfo] = ()
    """The exceptions of a group."""
    text: str = ""
    """The traceback as it came, where it came as text from another process; it has no frames then."""

    def format(self) -> str:
        """The traceback as Python prints it (without column marks), ending in a newline."""
        if self.text:
            return self.text.rstrip("\n") + "\n"
        lines: list[str] = []
        before = self.cause or self.context
        if before is not None:
            why = (
                "The above exception was the direct cause of the following exception:"
                if self.cause is not None
                else "During handling of the above exception, another exception occurred:"
            )
            lines += [before.format(), f"\n{why}\n\n"]
        if self.frames:
            lines.append("Traceback (most recent call last):\n")
        for frame in self.frames:
            if frame.skipped:
                lines.append(f"  [{frame.skipped} frames left out]\n")
            lines.append(f'  File "{frame.path}", line {frame.line}, in {frame.function}\n')
            if frame.source:
                lines.append(f"    {frame.source}\n")
        lines.append(f"{self.type}: {self.message}\n" if self.message else f"{self.type}\n")
        lines += [f"{note}\n" for note in self.notes]
        for number, member in enumerate(self.members, 1):
            text = "".join(f"  | {line}\n" for line in member.format().splitlines())
            lines.append(f"  +-- {number} of {len(self.members)}\n{text}")
        return "".join(lines)


def is_exception(fields: Any) -> bool:
    """Whether a payload's exception is one: an array without a type is ``exc_info=True`` where there was none."""
    return isinstance(fields, list) and bool(fields) and isinstance(fields[0], str)


def read_exception(fields: list[Any], source: Sources) -> ExceptionInfo:
    """An exception from its payload. What of it can't be read is told in its notes.

    Args:
        fields: of the payload.
        source: gives the source line of (path, line), or an empty string.
    """
    return _Reader(fields, source).read(fields, DEEPEST)


def exception_lines(fields: Any) -> Iterator[str]:
    """``Type: message`` of an exception and of those it came from or holds, and their notes, each once.

    Args:
        fields: of the payload.
    """
    if not is_exception(fields):
        return
    table, seen, waiting = _table(fields), set[int](), [fields]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        kind, message, _, notes, cause, context, suppressed, members = one[:_OWN_FIELDS]
        yield f"{kind}: {message}" if message else f"{kind}"
        yield from filter(_is_text, notes)
        yield from filter(None, _text_of(one).splitlines())
        links = (cause, None if suppressed else context, *members)
        waiting += [found for link in reversed(links) if (found := _linked(link, table)) is not None]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _text_of(fields: list[Any]) -> str:
    return fields[_TEXT] if len(fields) > _TEXT and isinstance(fields[_TEXT], str) else ""


def _table(fields: list[Any]) -> list[Any]:
    """Every exception of a payload, by its number."""
    return [fields, *((fields[_OWN_FIELDS] or ()) if len(fields) > _OWN_FIELDS else ())]


def _linked(link: Any, table: list[Any]) -> list[Any] | None:
    found = table[link] if isinstance(link, int) and 0 <= link < len(table) else link
    return found if is_exception(found) else None


class _Reader:
    def __init__(self, fields: list[Any], source: Sources) -> None:
        self._table = _table(fields)
        self._source = source
        self._seen: set[int] = set()

    def read(self, fields: list[Any], depth: int) -> ExceptionInfo:
        """An exception; where it was read before, without what leads further."""
        try:
            kind, message, frames, notes, *links = fields[:_OWN_FIELDS]
            if id(fields) in self._seen:
                return ExceptionInfo(kind, message, [], [*notes, SHOWN_ABOVE])
            self._seen.add(id(fields))
            read = ExceptionInfo(kind, message, list(map(self._frame, frames)), notes, text=_text_of(fields))
            return self._with_links(read, links, depth)
        except (TypeError, ValueError):
            return ExceptionInfo(str(fields[0]), "", [], ["[the rest of this exception can't be read]"])

    def _frame(self, fields: list[Any]) -> Frame:
        path, line, function, skipped = fields
        return Frame(path, line, function, self._source(path, line), skipped)

    def _with_links(self, one: ExceptionInfo, links: list[Any], depth: int) -> ExceptionInfo:
        cause, context, suppressed, members = links
        if depth <= 1:
            is_cut = cause is not None or context is not None or members
            return replace(one, notes=[*one.notes, _CUT]) if is_cut else one
        return replace(
            one,
            cause=self._before(cause, depth),
            context=None if suppressed else self._before(context, depth),
            members=[self._member(member, depth) for member in members],
        )

    def _before(self, link: Any, depth: int) -> ExceptionInfo | None:
        """What an exception was raised from, unless it was read before, as Python's tracebacks have it."""
        fields = _linked(link, self._table)
        return None if fields is None or id(fields) in self._seen else self.read(fields, depth - 1)

    def _member(self, link: Any, depth: int) -> ExceptionInfo:
        fields = _linked(link, self._table)
        return ExceptionInfo("[a member that was not kept]", "", []) if fields is None else self.read(fields, depth - 1)
