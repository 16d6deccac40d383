"""What stands in ``sys`` for a stream, so that what is written there is recorded whatever is done to the stream's own.

IPython, for one, puts a function of its own on ``sys.stdout.write`` in each cell, and at the cell's end the one that it
had found there.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from typing import Any, TypeGuard

from runlog.capturing.recorded_stream import Recorder
from runlog.handlers.replaced import AnyFunction

_REPLACEABLE = frozenset({"write", "writelines"})
_OWN = frozenset({"passed_over"})


class StandIn:
    """A stream that hands everything on to another one, and what is written to a recorder.

    Its class, its attributes and what can be done with them are those of the other; functions that somebody puts in the
    place of ``write`` stand here, where they are found, and taken away again.

    Args:
        stream: The other one.
    """

    _stream: Any
    recorder: Recorder
    passed_over: AnyFunction | None
    """A function of ours on the stream itself, beneath which its own is called: one of both is enough."""

    def __init__(self, stream: Any) -> None:
        vars(self).update(_stream=stream, recorder=Recorder(), passed_over=None)

    def write(self, *args: Any, **named: Any) -> Any:
        """Write by the stream's own function, and have it recorded."""
        write = self._stream.write
        if self.passed_over is not None and write is self.passed_over:
            write = self.passed_over.__wrapped__  # type: ignore[attr-defined]
        return self.recorder.write_text(write, args, named)

    @property
    def is_patched(self) -> bool:
        """Whether somebody has put a function of theirs in the place of ours."""
        return not _REPLACEABLE.isdisjoint(vars(self))

    def writelines(self, lines: Iterable[Any], /) -> None:
        """Write each line."""
        for line in lines:
            self.write(line)

    @property
    def __class__(self) -> Any:
        """That of the stream, for those who ask with ``isinstance``."""
        return type(self._stream)

    @__class__.setter
    def __class__(self, value: Any) -> None:
        raise TypeError("the class of a captured stream can't be changed")

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_stream"), name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _OWN:
            vars(self)[name] = value
        elif name not in _REPLACEABLE:
            setattr(self._stream, name, value)
        elif value == getattr(type(self), name).__get__(self):  # somebody puts back what was found here
            vars(self).pop(name, None)
        else:
            vars(self)[name] = value

    def __delattr__(self, name: str) -> None:
        if name in _REPLACEABLE:
            object.__delattr__(self, name)
        else:
            delattr(self._stream, name)

    def __eq__(self, other: object) -> bool:
        return bool(self._stream == (other._stream if is_stand_in(other) else other))

    def __hash__(self) -> int:
        return hash(self._stream)

    def __iter__(self) -> Any:
        return iter(self._stream)

    def __next__(self) -> Any:
        return next(self._stream)

    def __enter__(self) -> Any:
        self._stream.__enter__()
        return self

    def __exit__(self, *error: object) -> Any:
        return self._stream.__exit__(*error)

    def __reduce_ex__(self, protocol: Any) -> Any:
        for name in ("stdout", "stderr"):  # what cloudpickle does with them; pickle takes no modules
            if getattr(sys, name) is self and isinstance(self._stream, io.TextIOWrapper):
                return getattr, (sys, name)
        return self._stream.__reduce_ex__(protocol)

    def __dir__(self) -> Iterable[str]:
        return dir(self._stream)

    def __repr__(self) -> str:
        return repr(self._stream)


def is_stand_in(stream: object) -> TypeGuard[StandIn]:
    """Whether a stream is such a stand-in, whatever class it claims."""
    return type(stream) is StandIn
