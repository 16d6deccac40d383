"""Values of points as float64, for charts and summaries."""

from __future__ import annotations

from typing import Any

from runlog.journal.format import PointKind


def numbers_of(np: Any, kinds: Any, raw: Any) -> Any:
    """The nearest float64 of each value; not-a-number for a gap.

    Args:
        np: NumPy.
        kinds: the points' kinds, an array; or one kind, which all have.
        raw: the values' bits, an int64 array.
    """
    if np.ndim(kinds) == 0:
        return _of_kind(np, int(kinds), raw)
    numbers = np.full(len(raw), np.nan)
    for kind in np.unique(kinds).tolist():
        those = kinds == kind
        numbers[those] = _of_kind(np, kind, raw[those])
    return numbers


def _of_kind(np: Any, kind: int, raw: Any) -> Any:
    if kind == PointKind.FLOAT:
        return raw.view("<f8")
    if kind == PointKind.INT:
        return raw.astype("<f8")
    if kind == PointKind.UINT:
        return raw.view("<u8").astype("<f8")
    return (raw != 0).astype("<f8") if kind == PointKind.BOOL else np.full(len(raw), np.nan)
