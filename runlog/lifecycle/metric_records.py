"""Metrics as log records, for whoever asked: a console with ``metrics=True``, or a level for ``runlog.metrics``.

Nobody asks by default, and ``run.log`` is then the journal's closure itself. While somebody asks, it is that closure
with a record after it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from runlog.handlers.metrics_logger import metrics_logger
from runlog.levels import METRIC

if TYPE_CHECKING:
    from runlog.run import Run

_followers: WeakValueDictionary[int, Run] = WeakValueDictionary()
"""Runs that are logged to, by the address of the object: two objects may stand for one run."""
_watching = False


def follow(run: Run) -> None:
    """Have a run's ``log`` follow the level of the logger of metrics from now on."""
    _followers[id(run)] = run
    _watch()


def _watch() -> None:
    global _watching
    logger = metrics_logger()
    if _watching:
        return
    _watching = True
    set_level = logger.setLevel

    def followed(level: int | str) -> None:
        set_level(level)
        _tell_runs()

    logger.setLevel = followed  # type: ignore[method-assign]


def asked_for() -> bool:
    """Whether somebody wants metrics as records."""
    return metrics_logger().isEnabledFor(METRIC)


def with_record(log: Callable[..., None]) -> Callable[..., None]:
    """``run.log`` that makes a record of what it kept."""
    logger = metrics_logger()

    def log_and_tell(name: str, value: Any, description: str = "", step: int | None = None) -> None:
        log(name, value, description, step)
        _tell(logger, {name: value}, step)

    return log_and_tell


def with_records(log_metrics: Callable[..., None]) -> Callable[..., None]:
    """``run.log_metrics`` that makes one record of what it kept."""
    logger = metrics_logger()

    def log_metrics_and_tell(metrics: Mapping[str, Any], step: int | None = None) -> None:
        log_metrics(metrics, step)
        _tell(logger, dict(metrics), step)

    return log_metrics_and_tell


def _tell(logger: logging.Logger, metrics: dict[str, Any], step: Any) -> None:
    """Make the record; it points to the line that logged the metric."""
    text = " ".join(f"{name}={value}" for name, value in metrics.items())
    where = "" if step is None else f"step {step}: "
    logger.log(METRIC, "%s%s", where, text, extra={"metrics": metrics, "step": step}, stacklevel=3)


def _tell_runs() -> None:
    for run in list(_followers.values()):
        if run.is_open:
            run._take_closures()
