"""The diff of a working tree against its commit, in a form that ``git apply`` takes whatever is configured."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import NamedTuple

from runlog.system.git_program import Git

_COMMAND = (
    *("diff", "HEAD", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--unified=3"),
    *("--inter-hunk-context=0", "--submodule=short", "--ignore-submodules=dirty"),
)
_SECTION = re.compile(rb"^diff --git ", re.MULTILINE)
"""What a file's part begins with; lines of content begin with a sign."""
_BINARY = re.compile(rb"^Binary files ", re.MULTILINE)
_ESCAPE = re.compile(rb'\\([0-7]{3}|[abtnvfr"\\])')
_ESCAPED = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}


class Diff(NamedTuple):
    """A diff, and what is not in it."""

    data: bytes
    binary: list[str]
    """Files that are no text: their content is not kept, and a part that only says so would make the rest useless."""
    cut: bool
    """Whether there was more than the limit."""


def diff_of(git: Git, left_out: Iterable[str], prefix: str, limit: int) -> Diff:
    """The diff of tracked files.

    Args:
        git: in the working tree.
        left_out: paths that are not looked at.
        prefix: what stands before each path, empty or with a slash at its end: the place of a submodule.
        limit: bytes that are taken; what is cut, is cut at a line.

    Raises:
        ProgramError: git can't tell.
    """
    excluded = (f":(top,exclude,literal){path}" for path in left_out)
    prefixes = (f"--src-prefix=a/{prefix}", f"--dst-prefix=b/{prefix}")
    found = git(*_COMMAND, *prefixes, "--", ".", *excluded, limit=limit)
    data = found.data[: found.data.rfind(b"\n") + 1] if found.cut else found.data
    parts = _parts(data)
    binary = [part for part in parts if _BINARY.search(part)]
    text = b"".join(part for part in parts if part not in binary) if binary else data
    return Diff(text, [_name(part) for part in binary], found.cut)


def _parts(diff: bytes) -> list[bytes]:
    """The diff by files; what stands before the first of them is a part, too."""
    starts = [match.start() for match in _SECTION.finditer(diff)]
    return [diff[start:end] for start, end in zip([0, *starts], [*starts, len(diff)], strict=True)]


def _name(part: bytes) -> str:
    """The path in a part's first line, which has it twice, behind ``a/`` and ``b/``."""
    both = part[len(b"diff --git ") : part.index(b"\n")]
    one = both[: len(both) // 2]
    if one.startswith(b'"'):
        one = _ESCAPE.sub(lambda match: _unescaped(match[1]), one[1:-1])
    return os.fsdecode(one[2:])


def _unescaped(code: bytes) -> bytes:
    return bytes([int(code, 8)]) if code.isdigit() else _ESCAPED.get(code, code)
