"""What the server does beside its requests: the index takes in what came, what was sealed is rewritten in less room."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from runlog.errors import RunLogError
from runlog.journal import real_time
from runlog.store.compactor import Compactor
from runlog.store.indexed import IndexedStore

EVERY = 0.5
"""Seconds between two looks at what came."""
LOOK_AROUND = 30.0
"""Seconds after which all runs are looked at: their folder may be written to by others, too."""
PATIENCE = 3.0
"""Seconds that the end of a thread is waited for."""
_logger = logging.getLogger("runlog.server")


class Upkeep:
    """A thread that follows the requests, and one that compacts."""

    def __init__(self, store: IndexedStore, runs: Path) -> None:
        """Nothing is started yet.

        Args:
            store: takes in what came.
            runs: the folder of the runs' folders.
        """
        self._store = store
        self._compactor = Compactor(lambda run_id: runs / run_id)
        self._changed: set[str] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="runlog-upkeep", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._compactor.start()
        self._thread.start()

    def note(self, run_id: str, *, sealed: bool) -> None:
        """Tell that bytes of a run came; ``sealed``: and that a segment came to its end. It waits for nothing."""
        with self._lock:
            self._changed.add(run_id)
        if sealed:
            self._compactor.note(run_id)

    def stop(self) -> None:
        """End both, once what they are at is finished, or after a moment: nothing is lost of what is half done."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)
        self._compactor.stop()

    def _work(self) -> None:
        around = 0.0
        while not self._stopping.is_set():
            with self._lock:
                changed, self._changed = self._changed, set()
            everything = real_time.monotonic() >= around
            try:
                if everything:
                    self._store.refresh()
                    around = real_time.monotonic() + LOOK_AROUND
                elif changed:
                    self._store.refresh(changed)
            except (RunLogError, OSError) as error:
                _logger.warning("the index does not take in what came: %s", error)
            except Exception:  # this thread serves all runs: what is wrong with one must not end it
                _logger.exception("the index does not take in what came")
            self._stopping.wait(EVERY)
