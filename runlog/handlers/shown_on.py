"""Whether root's handlers show a record on a stream of the process, such as its terminal."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any


def shows_on(streams: Iterable[Any], level: int) -> bool:
    """Whether a handler of root writes records of a level to one of these streams.

    Args:
        streams: such as ``sys.stderr``; None among them stands for no stream.
        level: of the record.
    """
    wanted = [one for one in streams if one is not None]
    return any(
        handler.level <= level and any(_stream_of(handler) is one for one in wanted)
        for handler in logging.root.handlers
    )


def _stream_of(handler: logging.Handler) -> object:
    """What a handler writes to: that of logging's own has a stream, that of rich a console with a file."""
    stream = getattr(handler, "stream", None)
    return stream if stream is not None else getattr(getattr(handler, "console", None), "file", None)
