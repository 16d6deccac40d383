"""Steps that a newer attempt logged again: of these, what the older ones logged is not drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runlog.records import RunOpened
from runlog.store.series.buckets import MANY, Stretch


def drop_repeated(by_writer: Mapping[str, Sequence[Stretch]], opened: Mapping[str, RunOpened]) -> None:
    """Tell the stretches of older attempts which steps a newer one logged again, as ``newest_of_steps`` does.

    Each rank of a job replaces its own points only. Where more points than :data:`~runlog.store.series.buckets.MANY`
    would have to be looked at one by one, all are drawn.

    Args:
        by_writer: the stretches of a metric whose points all have a step.
        opened: for each writer, what it said of its process.
    """
    known = {writer: opened.get(writer) for writer in by_writer}
    for writer, older in by_writer.items():
        own = known[writer]
        newer = [
            one
            for other, found in by_writer.items()
            if _rank(known[other]) == _rank(own) and _attempt(known[other]) > _attempt(own)
            for one in found
        ]
        steps = _steps_within(newer, older) if newer else None
        if steps is not None and len(steps):
            for one in older:
                one.dropped = steps


def _attempt(opened: RunOpened | None) -> int:
    return 1 if opened is None else opened.attempt


def _rank(opened: RunOpened | None) -> int | None:
    return None if opened is None else opened.rank


def _steps_within(newer: Sequence[Stretch], older: Sequence[Stretch]) -> Any:
    """The steps of the newer points that lie between the first and the last of the older ones, in order."""
    import numpy as np

    low = min(int(one.rows["low_step"].min()) for one in older)
    high = max(int(one.rows["high_step"].max()) for one in older)
    places = [(one, np.flatnonzero((one.rows["high_step"] >= low) & (one.rows["low_step"] <= high))) for one in newer]
    if sum(int(one.rows["count"][rows].sum()) for one, rows in places) > MANY:
        return None
    found = [one.series.points(one.name, rows, "step").places for one, rows in places if len(rows)]
    return np.unique(np.concatenate(found)) if found else None
