"""What is asked of the runs of this process from outside, such as other levels for loggers: looked for now and then.

A run looks each second, by the thread that syncs its writer. That thread must not wait for a server, so it is told what
the shipper's thread saw last.
"""

from __future__ import annotations

from runlog.backend import Entry
from runlog.journal import real_time
from runlog.remote.api import ServerApi

LOOK_EVERY = 5.0
"""Seconds between two looks: each run of each machine asks the server so often."""


def is_request(name: str) -> bool:
    """Whether an entry is something that is asked of a run."""
    parts = name.split("/")
    return len(parts) == 4 and (parts[0], parts[2]) == ("runs", "requests")


class RequestsOfRuns:
    """The newest known requests of some runs."""

    def __init__(self, api: ServerApi) -> None:
        """Watch nothing yet."""
        self._api = api
        self._runs: set[str] = set()
        self._names: dict[str, Entry | None] = {}
        self._looked_at = float("-inf")

    def watch(self, run_id: str) -> None:
        """Look for what is asked of a run that this process writes."""
        self._runs.add(run_id)

    def is_watched(self, name: str) -> bool:
        """Whether an entry is asked of a run of this process."""
        return name.split("/")[1] in self._runs

    def newest(self, name: str) -> Entry | None:
        """What was seen last; from now on it is looked for."""
        return self._names.setdefault(name, None)

    def look(self) -> None:
        """Ask the server, where the last look was long ago.

        Raises:
            ServerError: it can't be asked.
        """
        if real_time.monotonic() - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = real_time.monotonic()
        for name in list(self._names):
            self._names[name] = self._api.read_entry(name)
