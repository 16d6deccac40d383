"""What costs microseconds to know: the command, the interpreter and the operating system of this process."""

from __future__ import annotations

import os
import sys
from typing import Any

from runlog.redaction import as_utf8
from runlog.redaction import process as redaction

_CODE_CHARACTERS = 1_000
"""Of the text behind ``python -c``."""


def command_line() -> list[str]:
    """``sys.argv`` as texts: an embedded interpreter may have none, and a program may put there what it likes."""
    given = getattr(sys, "argv", None)
    return [one if isinstance(one, str) else _shown(one) for one in given] if isinstance(given, list | tuple) else []


def _shown(argument: object) -> str:
    try:
        return os.fsdecode(argument) if isinstance(argument, bytes | os.PathLike) else str(argument)
    except Exception as error:
        return f"<its text can't be made: {type(error).__name__}>"


def command_facts() -> dict[str, Any]:
    """``program``: what stands on the command line before the script's own arguments: ``["python", "-m", "train"]``."""
    arguments = command_line()[1:]
    line = list(getattr(sys, "orig_argv", ()))
    if arguments and line[-len(arguments) :] == arguments:
        line = line[: -len(arguments)]
    return {"program": [one[:_CODE_CHARACTERS] for one in redaction.arguments(line)]} if line else {}


def python_facts() -> dict[str, Any]:
    """The interpreter: ``executable``, ``implementation``, and the environment it belongs to, if any."""
    facts: dict[str, Any] = {"executable": as_utf8(sys.executable or ""), "implementation": sys.implementation.name}
    if sys.prefix != sys.base_prefix:
        facts["virtualenv"] = as_utf8(sys.prefix)
    if conda := os.environ.get("CONDA_DEFAULT_ENV"):
        facts["conda"] = as_utf8(conda)
    return facts


def system_facts() -> dict[str, Any]:
    """The operating system: ``os`` and ``release`` of its kernel."""
    if not hasattr(os, "uname"):
        return {"os": sys.platform}
    told = os.uname()
    return {"os": told.sysname, "release": told.release}
