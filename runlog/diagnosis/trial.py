"""What filters would do with a record: tried with one that is made up, which notes what they look at."""

from __future__ import annotations

import logging
import sys
from typing import Any, NamedTuple

DECIDED_BY = frozenset({"name", "levelno", "levelname"})
"""What the made-up record has in common with the real one."""
REPLACES = sys.version_info >= (3, 12)
"""Whether a filter may return another record in place of the one it was given."""
_KEEPS_COUNT = frozenset({"RateLimitFilter", "DuplicateFilter"})
"""Filters of runlog that decide by what came before: to try them would change what they let pass next."""
_PASSES_ALL = frozenset({"RunContextFilter", "RedactFilter"})
"""Filters of runlog that change a record and let each pass."""


class TrialRecord(logging.LogRecord):
    """A record that was never logged, and notes which of its attributes are read."""

    def __init__(self, name: str, level: int) -> None:
        self.seen: set[str] = set()
        super().__init__(name, level, "", 0, "", None, None)

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("__") or name == "__dict__":
            object.__getattribute__(self, "__dict__")["seen"].add(name)
        return object.__getattribute__(self, name)


def forget_read(record: logging.LogRecord) -> None:
    """Have a made-up record note from here on; another has no notes."""
    if isinstance(record, TrialRecord):
        object.__getattribute__(record, "__dict__")["seen"] = set()


def attributes_read(record: logging.LogRecord) -> set[str]:
    """What was read of a made-up record."""
    return set(object.__getattribute__(record, "__dict__")["seen"]) if isinstance(record, TrialRecord) else set()


class Verdict(NamedTuple):
    """What the filters of a logger or handler do with a record."""

    passes: bool
    by: str = ""
    """The filter that holds it back."""
    number: int = 0
    """Its place in the list of filters."""
    unsure: tuple[str, ...] = ()
    """What makes the verdict a guess, in words, for each filter that decides by more than name and level."""


def try_filters(owner: logging.Filterer, name: str, level: int) -> Verdict:
    """Have the filters of a logger or handler look at a made-up record, as ``Filterer.filter`` does.

    Args:
        owner: of the filters.
        name: of the record's logger.
        level: of the record.
    """
    unsure: list[str] = []
    record: Any = TrialRecord(name, level)
    for number, one in enumerate(list(owner.filters)):
        called = describe_filter(one)
        own = type(one).__name__ if type(one).__module__.startswith("runlog.") else ""
        if own in _KEEPS_COUNT:
            unsure.append(f"{called} lets a record pass or not by those that came before it; it was not tried")
            continue
        trial = record
        try:
            forget_read(trial)
            passed: Any = one.filter(trial) if hasattr(one, "filter") else one(trial)
        except Exception as error:
            unsure.append(f"{called} could not be tried without a real record ({type(error).__name__}: {error})")
            continue
        others = attributes_read(trial) - DECIDED_BY
        if others and own not in _PASSES_ALL:
            names = ", ".join(sorted(others))
            unsure.append(f"{called} may decide by more than name and level (it looks at {names}); tried with no text")
        if not passed:
            return Verdict(False, called, number, tuple(unsure))
        if REPLACES and isinstance(passed, logging.LogRecord):
            if (passed.name, passed.levelno) != (name, level):
                unsure.append(
                    f"{called} puts a record of another logger or level in its place, which handlers then judge"
                )
            record = passed
    return Verdict(True, unsure=tuple(unsure))


def describe_filter(one: object) -> str:
    """A filter, by its class, or by its name where it is a function."""
    if type(one) is logging.Filter:
        return f"Filter({one.name!r})"
    if isinstance(one, type(describe_filter)):
        return f"the filter {one.__qualname__}"
    return f"the filter {type(one).__name__}"
