"""A few descriptors that are held for the moment when the program has used up all it may have.

Without them every record would be lost from then on: the next piece of a segment, the next segment and each sync need
one for a moment. They are taken when runlog is imported, since a run may be started at that moment, too.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from typing import TypeVar

from runlog.journal.held_descriptor import identity

T = TypeVar("T")
SIZE = 8
"""A new run needs three for good (before Python 3.13 a mapping holds one), a log file one, and moments some more."""
NONE_LEFT = frozenset({errno.EMFILE, errno.ENFILE})
"""Numbers of the errors that say so: of this process, of the whole system."""
_ALWAYS = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""A link or a pipe that somebody put in the place of a file that is ours leads nowhere."""
_held: list[int] = []
_what: tuple[int, int] | None = None
"""What they lead to."""
_borrowers: set[object] = set()
"""Those who may have the whole reserve at this moment: nothing is taken back meanwhile."""


def fill() -> None:
    """Hold as many as there should be, where there are any left."""
    global _what
    if len(_held) == SIZE or _borrowers:
        return
    _held[:] = [number for number in _held if identity(number) == _what]  # without those that the program has closed
    try:
        if not _held:
            number = _of_its_own()
            _what = identity(number)
            _held.append(number)
        while len(_held) < SIZE:
            _held.append(os.dup(_held[0]))
    except (OSError, IndexError):  # there are none, or another thread needed the last one just now
        return


def _of_its_own() -> int:
    """A descriptor of something that nobody else has, by which it is known."""
    with contextlib.suppress(OSError, AttributeError):  # not on this system, or in this container
        return os.memfd_create("runlog-reserve")
    number, other = os.pipe()
    os.close(other)
    return number


def with_reserve(action: Callable[[], T]) -> T:
    """Do something that opens files, with the reserve where there are no other descriptors.

    Args:
        action: it may be begun again, where a file could not be opened.

    Raises:
        OSError: it can't be done even so.
    """
    while True:
        try:
            return action()
        except OSError as error:
            if error.errno not in NONE_LEFT or not _give():
                raise


@contextlib.contextmanager
def lent() -> Iterator[None]:
    """Let what is done in the block have the whole reserve, where there are no other descriptors."""
    borrower = object()
    _borrowers.add(borrower)
    try:
        if _none_is_left():
            while _give():
                pass
        yield
    finally:
        _borrowers.discard(borrower)
        fill()


def _none_is_left() -> bool:
    try:
        os.close(os.dup(_held[0]))
    except IndexError:
        return False
    except OSError as error:
        return error.errno in NONE_LEFT
    return False


def open_file(path: str | os.PathLike[str], flags: int) -> int:
    """Open a file, by the reserve if need be.

    Args:
        path: of the file.
        flags: of ``os.open``.

    Raises:
        OSError: it can't be opened.
    """
    flags |= _ALWAYS
    try:
        return os.open(path, flags, 0o666)
    except OSError as error:
        if error.errno not in NONE_LEFT:
            raise
    return with_reserve(lambda: os.open(path, flags, 0o666))


def _give() -> bool:
    """Close one of the reserve; false where there is none. One that the program has closed is not touched."""
    with contextlib.suppress(IndexError):
        number = _held.pop()
        if identity(number) == _what:
            os.close(number)
        return True
    return False
