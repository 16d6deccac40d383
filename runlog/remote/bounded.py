"""Where the content of an answer goes, and that no more of it is taken than was announced."""

from __future__ import annotations

from typing import Protocol

from runlog.errors import ServerUnreachableError


class Target(Protocol):
    """Takes the content of an answer piece by piece."""

    def write(self, data: bytes, /) -> object:
        """Take the next piece."""


class BoundedTarget:
    """Hands on as much as was announced."""

    def __init__(self, target: Target, size: int, told: str) -> None:
        """Take nothing yet.

        Args:
            target: what to hand it on to.
            size: bytes that were announced.
            told: what is wrong where more comes.
        """
        self._target = target
        self._left = size
        self._told = told

    def write(self, data: bytes, /) -> None:
        """Take the next piece.

        Raises:
            ServerUnreachableError: it is more than was announced.
        """
        self._left -= len(data)
        if self._left < 0:
            raise ServerUnreachableError(f"{self._told}: is it a runlog server?")
        self._target.write(data)
