"""``extra={"metrics": {...}, "step": n}``: the numbers on a record, as metrics of the run.

Both are names that programs use for things of their own. So what is no number stays an extra field like any other, and
is no fault.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from runlog import context
from runlog.errors import RunLogError


def log_numbers(target: context.Target, record: logging.LogRecord) -> None:
    """Log the numbers among a record's metrics, at its step where that is one."""
    numbers = _numbers_in(record.__dict__["metrics"])
    if not numbers:
        return
    step = _step_of(record.__dict__.get("step"))
    try:
        target.log_metrics(numbers, step)
    except RunLogError:  # one of the names is no metric's: a row's, or empty
        for name, value in numbers.items():
            _log_one(target, name, value, step)


def _numbers_in(metrics: Any) -> dict[str, Any]:
    try:
        items = list(metrics.items()) if isinstance(metrics, Mapping) else []
    except Exception:  # a mapping that raises when it is asked
        return {}
    return {name: value for name, value in items if _is_number(name, value)}


def _log_one(target: context.Target, name: str, value: Any, step: int | None) -> None:
    try:
        target.log_metrics({name: value}, step)
    except RunLogError:
        return


def _is_number(name: object, value: Any) -> bool:
    if not isinstance(name, str):
        return False
    if isinstance(value, bool | int | float):
        return True
    if value is None or isinstance(value, str | bytes | Mapping | list | tuple):
        return False
    from runlog.values import ScalarPoint, convert_scalar

    try:
        converted = convert_scalar(name, value)
    except Exception:  # an object that is no scalar, or that raises when it is asked
        return False
    return isinstance(converted, ScalarPoint) or converted.approx is not None


def _step_of(value: Any) -> int | None:
    from runlog.values import convert_step

    try:
        return convert_step(value)
    except Exception:
        return None
