"""What is to be captured, as ``capture=`` says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from runlog.errors import WrongTypeError, WrongValueError
from runlog.levels import level_number

CaptureChoice: TypeAlias = bool | Mapping[str, Any] | None
DESCRIPTOR = "fd"
"""How a stream is asked for with what is written to its file descriptor."""
_STREAMS = ("stdout", "stderr")
_SWITCHES = ("warnings", "uncaught", "faulthandler")


class Capture(Struct, frozen=True):
    """The sources that are captured. Without being asked for, uncaught exceptions are."""

    stdout: bool | str = False
    stderr: bool | str = False
    warnings: bool = False
    uncaught: bool = True
    faulthandler: bool = False
    loggers: Mapping[str, int] = {}


def capture_of(choice: CaptureChoice) -> Capture:
    """Read ``capture=``.

    Args:
        choice: None for uncaught exceptions only; True for every source, False for none; or a mapping with ``stdout``
            and ``stderr`` (True, False, or ``"fd"`` for what is written by file descriptor, too), ``warnings``,
            ``uncaught`` and ``faulthandler`` (True or False), and loggers by name, each with its level.

    Raises:
        WrongTypeError: it is none of these.
        WrongValueError: there is no such level.
    """
    if choice is None:
        return Capture()
    if isinstance(choice, bool):
        return Capture(choice, choice, choice, choice, choice)
    if not isinstance(choice, Mapping):
        raise WrongTypeError(
            f"capture={choice!r}: give True, False, or a mapping such as "
            '{"stdout": True, "warnings": True, "transformers": "INFO"}'
        )
    sources: dict[str, Any] = {}
    loggers: dict[str, int] = {}
    for name, value in choice.items():
        if not isinstance(name, str):
            raise WrongTypeError(f"capture has the key {name!r}: keys are sources or names of loggers, as text")
        if name in _STREAMS or name in _SWITCHES:
            sources[name] = _switch(name, value)
        else:
            loggers[name] = _level(name, value)
    return Capture(**sources, loggers=loggers)


def _switch(name: str, value: Any) -> bool | str:
    if isinstance(value, bool) or (name in _STREAMS and value == DESCRIPTOR):
        found: bool | str = value
        return found
    allowed = "True, False or 'fd'" if name in _STREAMS else "True or False"
    kind = WrongValueError if isinstance(value, str) else WrongTypeError
    raise kind(f"capture={{{name!r}: {value!r}}}: {name} is {allowed}")


def _level(name: str, value: Any) -> int:
    level = None if value is None or isinstance(value, bool) else level_number(value)
    if level is None or not name or name == "root":
        raise WrongTypeError(
            f"capture={{{name!r}: {value!r}}}: a logger's name with a level such as 'INFO'; the sources are "
            f"{', '.join((*_STREAMS, *_SWITCHES))}, and the root logger is captured anyway (log_level= sets its level)"
        )
    return level
