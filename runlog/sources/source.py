"""A source in the background: a thread that ends with what it follows, when it is told to, or with its run."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import TYPE_CHECKING

from runlog.errors import RunStateError
from runlog.journal import real_time
from runlog.reading.log_news import is_written

if TYPE_CHECKING:
    from runlog.run import Run
    from runlog.sources.line_records import LineRecords

STOP_PATIENCE = 10.0
"""Seconds that the end of a run waits for a source to hand over what it has."""
LOOK = 1.0
"""Seconds between two looks whether a run of another process has ended."""
_logger = logging.getLogger("runlog")


class Source(ABC):
    """Turns what it follows into records, in a daemon thread that is running once this is made.

    It ends by itself where what it follows ends, by :meth:`stop`, and with its run: what is there by then is still
    kept. May be used as a context manager, whose end stops it.
    """

    def __init__(self, records: LineRecords) -> None:
        """Start the thread.

        Args:
            records: takes the lines.
        """
        self._records = records
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._looked = -LOOK
        self.error: Exception | None = None
        """What ended it, where that was a fault; it was told on the logger ``runlog`` then."""
        self._thread = threading.Thread(target=self._run, name=records.logger.name, daemon=True)
        self._end_with_run(records.run)
        self._thread.start()

    @property
    def lines(self) -> int:
        """How many lines became records so far."""
        return self._records.count

    @property
    def is_running(self) -> bool:
        """Whether more lines may come."""
        return not self._ended.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has ended.

        Args:
            timeout: seconds; None for any time.

        Returns:
            whether it has.
        """
        return self._ended.wait(timeout)  # a join takes the thread for ended where Ctrl-C interrupts it

    def stop(self, timeout: float = STOP_PATIENCE) -> None:
        """Take what is there by now, and end. Calling it again does nothing.

        Args:
            timeout: seconds to wait for that.
        """
        self._stopping.set()
        self._interrupt()
        if threading.current_thread() is not self._thread:
            self._ended.wait(timeout)

    @abstractmethod
    def _follow(self) -> None:
        """Write records until there is no more, or :attr:`_stopping` is set."""

    def _interrupt(self) -> None:  # noqa: B027 - most sources have nothing to do
        """Wake :meth:`_follow` where it waits for something else than :attr:`_stopping`."""

    def _run(self) -> None:
        try:
            self._follow()
        except Exception as error:
            self.error = error
            _logger.warning("%s has ended by a fault: %s", self._records.logger.name, error, exc_info=True)
        finally:
            self._ended.set()

    def _end_with_run(self, run: Run) -> None:
        """A guest is not told of the end; it has to look (:meth:`_over`)."""
        try:
            run.on_end(lambda _run, _status: self.stop())
        except RunStateError:
            if not run.is_open:
                raise

    def _over(self) -> bool:
        """Whether to end. Of a run of another process its journal tells whether it has ended, each second."""
        run = self._records.run
        if self._stopping.is_set() or not run.is_open:
            return True
        if run._owns or real_time.monotonic() < self._looked + LOOK:
            return False
        self._looked = real_time.monotonic()
        return not is_written(run._backend, run.id)

    def __enter__(self) -> Source:  # noqa: PYI034 - Self needs Python 3.11
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
