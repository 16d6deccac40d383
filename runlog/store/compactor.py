"""Compaction in the background, for whoever keeps runs of others: a run is rewritten when nothing comes for a while."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from runlog.errors import RunLogError
from runlog.journal import real_time
from runlog.journal.compacting import Compacted, compact_run

QUIET = 30.0
"""Seconds without news of any run after which the processor is taken to be free."""
LONGEST = 600.0
"""Seconds after which a run is compacted though news still come."""
PATIENCE = 5.0
"""Seconds that the thread's end is waited for: a segment takes less, and one that is half done is done anew."""
_logger = logging.getLogger("runlog.store")


class Compactor:
    """A thread that compacts the runs of which a segment was sealed."""

    def __init__(self, folder_of: Callable[[str], Path], *, quiet: float = QUIET, longest: float = LONGEST) -> None:
        """Nothing is started yet.

        Args:
            folder_of: gives the folder of a run.
            quiet: seconds to wait after the last news.
            longest: seconds that a run waits at most.
        """
        self.done = Compacted()
        """What was done so far."""
        self._folder_of = folder_of
        self._quiet = quiet
        self._longest = longest
        self._staying: set[Path] = set()
        self._waiting: dict[str, float] = {}
        self._news = 0.0
        self._changed = threading.Condition()
        self._stopped = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; idempotent."""
        with self._changed:
            if self._thread is None:
                self._stopped = False
                self._thread = threading.Thread(target=self._work, name="runlog-compactor", daemon=True)
                self._thread.start()

    def note(self, run_id: str) -> None:
        """Tell that a segment of a run was sealed. It costs next to nothing, and waits for nothing."""
        with self._changed:
            self._news = real_time.monotonic()
            self._waiting.setdefault(run_id, self._news)
            self._changed.notify()

    def stop(self) -> None:
        """End the thread; a segment that it is at is finished before, where that is soon. Runs that wait are left."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(PATIENCE)

    def _work(self) -> None:
        while (run_id := self._next()) is not None:
            try:
                folder = self._folder_of(run_id)
                self.done = self.done.plus(compact_run(folder, lambda: self._stopped, self._staying))
            except FileNotFoundError:  # deleted meanwhile
                continue
            except (OSError, RunLogError) as error:
                _logger.warning("run %s is not compacted: %s", run_id, error)
            except Exception:  # this thread serves all runs: what is wrong with one must not end it
                _logger.exception("run %s is not compacted", run_id)

    def _next(self) -> str | None:
        """The run that waited longest, once it is its turn; None at the end."""
        with self._changed:
            while not self._stopped:
                now = real_time.monotonic()
                if self._waiting:
                    run_id, since = next(iter(self._waiting.items()))
                    due = min(self._news + self._quiet, since + self._longest)
                    if now >= due:
                        del self._waiting[run_id]
                        return run_id
                    self._changed.wait(due - now)
                else:
                    self._changed.wait()
        return None
