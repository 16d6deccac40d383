"""Metrics on a console: folded to one line a second, whatever a training loop logs."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from runlog.handlers.metrics_logger import OFF, metrics_logger
from runlog.handlers.record_message import with_message
from runlog.handlers.record_payload import METRICS_LOGGER
from runlog.journal import real_time
from runlog.levels import METRIC

if TYPE_CHECKING:
    from runlog.handlers.console import ConsoleHandler


class MetricFold:
    """The latest value of each metric since the last line.

    Args:
        interval: Seconds between two lines.
        clock: A monotonic clock in seconds.
    """

    def __init__(self, interval: float = 1.0, clock: Callable[[], float] = real_time.monotonic) -> None:
        self._interval = interval
        self._clock = clock
        self._next_line = clock()
        self._values: dict[str, object] = {}
        self._newest: logging.LogRecord | None = None

    def add(self, record: logging.LogRecord) -> None:
        """Take the metrics of ``record`` in; a record without any counts as its message."""
        metrics = getattr(record, "metrics", None)
        if isinstance(metrics, Mapping) and metrics:
            self._values.update(metrics)
        else:
            self._values[record.getMessage()] = None
        self._newest = record

    @property
    def due(self) -> bool:
        """Whether there is something to show and the last line is long enough ago."""
        return self._newest is not None and self._clock() >= self._next_line

    def take(self) -> logging.LogRecord | None:
        """One record for all that was taken in since the last call, None if nothing was."""
        newest, self._newest = self._newest, None
        if newest is None:
            return None
        values, self._values = self._values, {}
        self._next_line = self._clock() + self._interval
        return _line(newest, values)


def _line(newest: logging.LogRecord, values: Mapping[str, object]) -> logging.LogRecord:
    parts = [name if value is None else f"{name}={_short(value)}" for name, value in values.items()]
    step = getattr(newest, "step", None)
    if step is not None:
        parts.insert(0, f"step {step}:")
    line = with_message(newest, " ".join(parts), None)
    line.exc_info = None
    return line


def _short(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


class MetricRelay(logging.Handler):
    """Brings metrics to a console whose level would keep them out.

    It sits on the logger of metrics, which the console's own level does not concern, and holds the console weakly.
    """

    def __init__(self, console: ConsoleHandler) -> None:
        super().__init__(METRIC)
        self._console = weakref.ref(console)

    def emit(self, record: logging.LogRecord) -> None:
        """Hand ``record`` on."""
        console = self._console()
        if console is None:
            unsubscribe(self)
        else:
            console.take_metric(record)


def subscribe(relay: MetricRelay) -> None:
    """Have metrics made into records for ``relay``.

    Where nobody has given the logger of metrics a level, only relays get them: a file handler on root at DEBUG did not
    ask for a line for each point.
    """
    logger = metrics_logger()
    if logger.level == OFF:
        logger.setLevel(METRIC)
        logger.propagate = False
    logger.addHandler(relay)


def unsubscribe(relay: MetricRelay) -> None:
    """Undo :func:`subscribe`; with the last relay the logger of metrics is off again."""
    logger = metrics_logger()
    logger.removeHandler(relay)
    if not logger.propagate and not any(isinstance(one, MetricRelay) for one in logger.handlers):
        logger.setLevel(OFF)
        logger.propagate = True


def is_metric(record: logging.LogRecord) -> bool:
    """Whether ``record`` was born from ``run.log``."""
    return record.name == METRICS_LOGGER
