"""What runs of one machine tell each other about the folders whose content they keep."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class OutputsClaim(Struct, frozen=True, array_like=True):
    """That a run keeps what is written to some folders of this machine, and when it did."""

    run_id: str
    folders: tuple[str, ...]
    """Absolute paths."""
    begin: int
    """Nanoseconds since 1970."""
    end: int
    """0 as long as the run is open."""
    machine: str
    """Which one it is, and which of its boots."""


class OutputsClaims(Protocol):
    """Where runs of one workspace on one machine tell each other which folders of outputs they keep."""

    def claim(self, run_id: str, folders: tuple[str, ...]) -> None:
        """Say that a run keeps folders from now on.

        Raises:
            OSError: it can't be written.
        """

    def release(self, run_id: str) -> list[OutputsClaim]:
        """Say that a run keeps its folders no more; returns the claims of those that were open beside it.

        Raises:
            OSError: it can't be written.
        """
