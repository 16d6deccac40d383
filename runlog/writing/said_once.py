"""Things that are told of once in a process: a name that was cut, two spellings that became one."""

from __future__ import annotations

import logging

_logger = logging.getLogger("runlog")
_said: set[str] = set()
_LIMIT = 10_000
"""Different things told of before falling silent: what depends on each value must not fill memory."""


def say_once(message: str) -> None:
    """Warn of something, unless this very message was given before."""
    if message not in _said and len(_said) < _LIMIT:
        _said.add(message)
        _logger.warning("%s", message)
