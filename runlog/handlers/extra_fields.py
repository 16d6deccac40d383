"""Which attributes of a record somebody added with ``extra=``, or otherwise."""

from __future__ import annotations

import logging
import os
from typing import Any

from runlog.handlers.record_message import text_of

STANDARD_FIELDS = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__)
STANDARD_COUNT = len(STANDARD_FIELDS)
"""Attributes of a record that nobody added anything to."""
KNOWN_FIELDS = STANDARD_FIELDS | {"message", "asctime", "taskName"}
"""Attributes of a record that are no extra fields."""
RUN_FIELDS = ("run_id", "run_name", "experiment", "run_step", "rank")
"""The fields that :class:`runlog.handlers.filters.RunContextFilter` sets where a record has none of the name."""
NO_RUN = "-"
"""What such a field holds where there is nothing to say."""
WRITTEN = "_runlog_written"
"""The mark of a record that a run has: the run's id, or True where no run is to have it."""
GIVEN = "_runlog_given"
"""The run fields that a record had before the filter came to it, where it had any."""
_WITH_RUN_FIELDS = KNOWN_FIELDS | {*RUN_FIELDS}
_MARKS = frozenset({WRITTEN, GIVEN, "_runlog_held_back"})
_TO_STRUCTLOG = frozenset({"_logger", "_name"})
_has_run_fields = frozenset(RUN_FIELDS).issubset
named_runs: set[object] = {NO_RUN}
"""The values of ``run_id`` that the filter has set."""


def adds_nothing(fields: dict[str, Any]) -> bool:
    """Whether a record has no extra fields, though formatters or a ``RunContextFilter`` have added to it."""
    names = fields.keys()
    return names <= KNOWN_FIELDS or (names <= _WITH_RUN_FIELDS and are_from_filter(fields))


def are_from_filter(fields: dict[str, Any]) -> bool:
    """Whether the run fields of a record were set by the filter, but for those that it found there."""
    if not _has_run_fields(fields):
        return False
    if GIVEN in fields or fields.get("process") not in {None, os.getpid()}:
        return True
    try:
        return fields["run_id"] in named_runs
    except TypeError:  # something that has no hash is no run's id
        return False


def added_names(fields: dict[Any, Any]) -> list[Any]:
    """Which of the names in a record's ``__dict__`` are those of extra fields, in their order.

    What the filter has set is none, nor is a method that somebody gave the record, nor what structlog tells its own
    formatter.
    """
    added = fields.keys() - KNOWN_FIELDS
    if not added:
        return []
    added -= _MARKS
    if are_from_filter(fields):
        added.difference_update({*RUN_FIELDS}.difference(fields.get(GIVEN, ())))
    if added >= _TO_STRUCTLOG:
        added -= _TO_STRUCTLOG
    if "getMessage" in added and callable(fields["getMessage"]):
        added.remove("getMessage")
    return [name for name in fields if name in added]


def extra_fields(fields: dict[Any, Any]) -> dict[str, Any] | None:
    """The extra fields in a record's ``__dict__``, each under a name of its own; None where there are none."""
    names = added_names(fields)
    if not names:
        return None
    extra: dict[str, Any] = {}
    for name in sorted(names, key=_is_no_text):  # a text keeps its name beside a number that reads alike
        extra[free_name(name if type(name) is str else text_of(name), extra)] = fields[name]
    return extra


def free_name(name: str, *taken: Any) -> str:
    """A name, with underscores at its end where it is taken."""
    while any(name in names for names in taken):
        name = f"{name}_"
    return name


def _is_no_text(name: object) -> bool:
    return type(name) is not str
