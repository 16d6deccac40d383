"""What lists of runs ask of each run: its state has it, and so has its summary in an index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class RunHead(Protocol):
    """A run, without what is in it."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def experiment(self) -> str:
        """The name of its experiment."""

    @property
    def type(self) -> str:
        """What kind of run it is; empty where nothing was said."""

    @property
    def parent(self) -> str | None:
        """The id of the run that it is a child of."""

    @property
    def group(self) -> str:
        """The name of its group; empty where it is in none."""

    @property
    def status(self) -> str:
        """How it stands."""

    @property
    def created(self) -> int | None:
        """When it began, in UTC nanoseconds since 1970."""

    @property
    def tags(self) -> Mapping[str, str | None]:
        """Its tags."""

    @property
    def properties(self) -> Mapping[str, str | None]:
        """Its properties."""
