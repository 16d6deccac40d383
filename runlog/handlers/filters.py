"""Which run a record was made in, as fields of the record."""

from __future__ import annotations

import logging

from runlog import context
from runlog.handlers.extra_fields import GIVEN, NO_RUN, RUN_FIELDS, are_from_filter, named_runs

__all__ = ["NO_RUN", "RUN_FIELDS", "RunContextFilter", "forget_run", "run_fields"]

_OUTSIDE: dict[str, object] = dict.fromkeys(RUN_FIELDS, NO_RUN)

_last_seen: tuple[str, dict[str, object]] = ("", _OUTSIDE)
"""The last run that a record was made in, and what does not change about it: a guest may have to read its name."""


def run_fields() -> dict[str, object]:
    """The fields for a record made here and now. A shared dict: copy it before changing it."""
    try:
        return _fields_of_target()
    except Exception:  # a run that fails to name itself must not take the record, or the training, with it
        return _OUTSIDE


def _fields_of_target() -> dict[str, object]:
    global _last_seen
    target = context.sole or context.current()
    if target is None:
        return _OUTSIDE
    run_id, step = target.id, target.step
    known, fields = _last_seen
    if known != run_id:
        rank = target.rank
        fields = {
            "run_id": run_id,
            "run_name": target.name,
            "experiment": target.experiment_name,
            "run_step": NO_RUN,
            "rank": NO_RUN if rank is None else rank,
        }
        _last_seen = (run_id, fields)
        named_runs.add(run_id)
    return fields if step is None else {**fields, "run_step": step}


def forget_run() -> None:
    """Have the next record ask the run for its name again: it was given another."""
    global _last_seen
    _last_seen = ("", _OUTSIDE)


class RunContextFilter(logging.Filter):
    """Adds ``run_id``, ``run_name``, ``experiment``, ``run_step`` and ``rank`` to each record and lets all pass.

    A format such as ``"%(run_id)s %(message)s"`` then works inside and outside a run; outside, each field is ``-``.
    A field that the record has already is left alone, so ``extra={"rank": 3}`` keeps its value.

    Attach it to a handler: a filter on a logger does not see the records of that logger's children. With a
    ``QueueHandler``, attach it there, since a listener's thread is in no run.
    """

    def __init__(self) -> None:
        super().__init__()

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the fields to ``record``; always True."""
        fields, add = run_fields(), record.__dict__.setdefault
        if not fields.keys().isdisjoint(record.__dict__.keys()) and not are_from_filter(record.__dict__):
            add(GIVEN, sorted(fields.keys() & record.__dict__.keys()))
        for name, value in fields.items():
            add(name, value)
        return True
