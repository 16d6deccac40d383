"""This process's own interpreter, for the small processes that runlog starts.

``sys.executable`` is not always one: in a program that PyInstaller, cx_Freeze or Nuitka has made it is the program
itself, in an embedded interpreter the host. To start that would begin the whole program once more.
"""

from __future__ import annotations

import os
import re
import sys

from runlog.server_address import environment_without_token

_NAME = r"(?i)(?:python|pypy|graalpy)w?(?:\d+(?:\.\d+)*)?[td]*(?:-[\w.]+)?(?:\.exe)?"


def own_interpreter() -> str | None:
    """The path of the interpreter that runs this program; None where there is none by itself."""
    path = sys.executable
    if not path or getattr(sys, "frozen", False) or getattr(sys, "oxidized", False) or _is_compiled():
        return None
    name = os.path.basename(path)  # noqa: PTH119 - pathlib is not loaded otherwise at the start of a run
    has_library = os.path.isfile(os.__file__)  # noqa: PTH113 - of a program that was made of one it is within it
    return path if has_library and re.fullmatch(_NAME, name) is not None else None


def _is_compiled() -> bool:
    """Whether Nuitka has made this program, or this package within one."""
    return "__compiled__" in globals() or hasattr(sys.modules.get("__main__"), "__compiled__")


def environment_of_child() -> dict[str, str]:
    """The environment of a process that runlog starts: should it be this program after all, it keeps nothing."""
    return {**environment_without_token(), "RUNLOG_MODE": "disabled"}
