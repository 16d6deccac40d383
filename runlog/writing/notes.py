"""Notes on a run."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

from runlog.errors import WrongTypeError, WrongValueError
from runlog.introspection import describe
from runlog.journal import clock
from runlog.names import normalise_value
from runlog.records import NoteWritten

if TYPE_CHECKING:
    from runlog.writing.recorder import RunRecorder


def write_note(recorder: RunRecorder, text: Any, author: Any) -> None:
    """Keep a note, whatever its length.

    Raises:
        WrongTypeError: text or author are no texts.
        WrongValueError: there is nothing in it.
    """
    if not isinstance(text, str):
        raise WrongTypeError(f"run.note takes a text, not {describe(text)}; use str(...)")
    if not text.strip():
        raise WrongValueError(f"run.note({text!r}): there is nothing in it; write at least a word")
    name = login() if author is None else normalise_value(author, "author").name
    kept = text.encode("utf-8", "backslashreplace").decode()
    recorder.write(NoteWritten(time=clock.now(), text=kept, author=name))


def login() -> str:
    """The name that this user is logged in by; empty where the system has none, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""
