"""Records that are an echo: ``sys.stdout`` or ``sys.stderr`` is an object that logs what is written to it.

What a handler writes to such a stream comes back as a record, and would go round for ever. So an echo goes to no
handler; its text is shown where the interpreter's own stream leads.
"""

from __future__ import annotations

import logging
import sys
from types import CodeType, FrameType
from typing import Any, NamedTuple

_WRITING = frozenset({"write", "writelines", "flush"})


class Origin(NamedTuple):
    """What a record came from that was logged while handlers are at work."""

    is_nested: bool
    """Whether the handlers that are at work are this thread's: a handler has logged, or something that it called."""
    stream: Any
    """The stream that a handler wrote to and that logged; None where it was something else that logged."""


def origin_of_record(at_work: CodeType) -> Origin:
    """Look where the record came from whose handling calls this.

    Args:
        at_work: The code of the function that has handlers called.
    """
    written: list[Any] = []
    frame = sys._getframe(2)
    while (caller := frame.f_back) is not None:
        frame = caller
        if frame.f_code is at_work:
            return Origin(True, next((one for one in written if one is sys.stdout or one is sys.stderr), None))
        if frame.f_code.co_name in _WRITING:
            written.append(_receiver(frame))
        elif written and isinstance(handler := _receiver(frame), logging.Handler):
            stream = getattr(handler, "stream", None)
            if any(one is stream for one in written):
                return Origin(True, stream)
    return Origin(False, None)


def show(record: logging.LogRecord, stream: Any) -> None:
    """Show an echo beside the stream that logged it. Never raises."""
    beneath = sys.__stdout__ if stream is sys.stdout else sys.__stderr__
    if beneath is None or beneath is stream:
        return
    try:
        beneath.write(f"{record.getMessage()}\n")
        beneath.flush()
    except Exception:  # it is closed, or can't encode the text: there is nowhere left to show it
        return


def _receiver(frame: FrameType) -> Any:
    """The first argument of a function that is being called: of a method, its object."""
    code = frame.f_code
    return frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
