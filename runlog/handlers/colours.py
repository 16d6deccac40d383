"""Whether a stream gets colours."""

from __future__ import annotations

import os
from typing import Any


def wants_colours(stream: Any) -> bool:
    """Decide by the environment, then by the stream.

    In this order: ``FORCE_COLOR`` (set and not empty) turns colours on, as https://force-color.org says, and goes
    before ``NO_COLOR``, as in colorlog; ``NO_COLOR`` (set and not empty) turns them off, as https://no-color.org says;
    ``TERM=dumb`` has none; a Jupyter notebook and a terminal have them; files and pipes have none.
    """
    if os.environ.get("FORCE_COLOR"):
        return True
    if os.environ.get("NO_COLOR"):
        return False
    if is_notebook(stream):
        return True
    return os.environ.get("TERM") != "dumb" and is_terminal(stream)


def is_notebook(stream: Any) -> bool:
    """Whether the stream is a notebook cell's output, which is no terminal and shows colours all the same."""
    return type(stream).__module__.partition(".")[0] == "ipykernel"


def is_terminal(stream: Any) -> bool:
    """``stream.isatty()``, False for streams that have no such method or are closed."""
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError, OSError):
        return False
