"""``run.log_histogram``: how values are distributed, as counts between edges."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from runlog.errors import WrongTypeError, WrongValueError
from runlog.introspection import describe
from runlog.limits import HISTOGRAM_BINS
from runlog.media.arrays import as_numpy, numpy_for
from runlog.media.content import Make, MediaContent
from runlog.values import convert_items

CALL = "run.log_histogram"
_WIDEST = 1e290
_SCALE = 2.0**-40
"""Values further apart than this are scaled, exactly, on their way through numpy, whose products would overflow."""
_REMEDY = "use an array, tensor or list of numbers, or counts= and edges="


class Histogram(msgspec.Struct, frozen=True, omit_defaults=True):
    """Counts of values between edges.

    Attributes:
        counts: of the finite values, one for each bin; empty where there were none.
        edges: of the bins, one more than counts. A bin holds its lower edge, the last one its upper edge too. None for
            an edge that was given and is not finite.
        nan: how many values were not-a-number.
        positive_infinity: how many values were infinite.
        negative_infinity: how many values were negative infinite.
        min: the least finite value; None where it is not known, as for counts that were given.
        max: the greatest finite value, likewise.
        mean: of the finite values, likewise.
        std: their standard deviation, likewise.
    """

    counts: list[int | float | None]
    edges: list[int | float | None]
    nan: int = 0
    positive_infinity: int = 0
    negative_infinity: int = 0
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    std: float | None = None


class _Bins(NamedTuple):
    """What the finite values give."""

    counts: Any
    edges: Any


def load_histogram(values: Any, counts: Any, edges: Any, bins: Any) -> Make:
    """Look at the values of a histogram, or at its counts and edges.

    Raises:
        WrongTypeError: they are no numbers, or bins is no whole number.
        WrongValueError: neither or both were given, counts and edges don't fit each other, a count is negative, edges
            are not in order, or bins is below 1.
        MissingExtraError: values need numpy, which is not installed.
    """
    number, changes = _bin_count(bins)
    if (counts is None) != (edges is None) or (values is None) == (counts is None):
        raise WrongValueError(f"{CALL} takes either values, or counts and edges together")
    if values is None:
        return _given(counts, edges)
    np = numpy_for(CALL, values)
    array = _numbers(values, np)
    return lambda: _content(_measured(array, number, np), changes)


def decode_histogram(data: bytes) -> Histogram:
    """A histogram from the bytes that are kept of it.

    Raises:
        ValueError: they are none; msgspec's errors are such ones.
    """
    histogram = msgspec.json.decode(data, type=Histogram)
    if histogram.counts and len(histogram.edges) != len(histogram.counts) + 1:
        raise ValueError(f"it has {len(histogram.counts)} counts and {len(histogram.edges)} edges: one more is needed")
    return histogram


def _content(histogram: Histogram, changes: list[str]) -> MediaContent:
    counted = sum(count for count in histogram.counts if count is not None)
    info = {"values": counted, "bins": len(histogram.counts), "min": histogram.min, "max": histogram.max}
    return MediaContent("json", msgspec.json.encode(histogram), info, changes=changes)


def _bin_count(bins: Any) -> tuple[int, list[str]]:
    if isinstance(bins, bool) or not hasattr(type(bins), "__index__"):
        raise WrongTypeError(f"{CALL}: bins is {describe(bins)}; use a whole number, or counts= and edges=")
    number = int(bins.__index__())
    if number < 1:
        raise WrongValueError(f"{CALL}: bins is {number}; use 1 or more")
    if number > HISTOGRAM_BINS:
        return HISTOGRAM_BINS, [f"{number} bins are over the limit, {HISTOGRAM_BINS} were made"]
    return number, []


def _given(counts: Any, edges: Any) -> Make:
    of_bins, of_edges = _numbers_given(counts, "counts"), _numbers_given(edges, "edges")
    if len(of_edges) != len(of_bins) + 1:
        raise WrongValueError(
            f"{CALL}: {len(of_bins)} counts need {len(of_bins) + 1} edges, not {len(of_edges)}; give both ends of each "
            "bin"
        )
    for place, (low, high) in enumerate(pairwise(of_edges)):
        if low is not None and high is not None and low > high:
            raise WrongValueError(f"{CALL}: the edges fall from {low!r} to {high!r} at bin {place}; give them in order")
    negative = next((count for count in of_bins if count is not None and count < 0), None)
    if negative is not None:
        raise WrongValueError(f"{CALL}: counts has {negative!r}; a count is zero or more")
    return lambda: _content(Histogram(_finite(of_bins), _finite(of_edges)), [])


def _numbers_given(given: Any, what: str) -> list[int | float | None]:
    numbers: list[int | float | None] = []
    for cell in convert_items(f"{CALL}: {what}", given):
        if isinstance(cell, str | dict):
            raise WrongTypeError(f"{CALL}: {what} are numbers, not {cell!r}; {_REMEDY}")
        numbers.append(cell)
    return numbers


def _finite(numbers: list[int | float | None]) -> list[int | float | None]:
    """Numbers as JSON has them; those that are not finite become None."""
    return [one if one is not None and math.isfinite(one) else None for one in numbers]


def _numbers(values: Any, np: Any) -> Any:
    """All values as one flat array of float64."""
    if isinstance(values, str | bytes | bytearray | Mapping):
        raise WrongTypeError(f"{CALL} takes numbers, not {describe(values)}; {_REMEDY}")
    array = as_numpy(CALL, list(values) if isinstance(values, Iterator | set | frozenset) else values, np, "values")
    if array.dtype.kind not in "biuf" and not (array.dtype.kind == "O" and array.ndim == 1):
        raise WrongTypeError(f"{CALL}: {describe(values)} holds {array.dtype}; {_REMEDY}")
    if not array.ndim:
        raise WrongTypeError(f"{CALL} takes many values, not {describe(values)}; use run.log for one")
    try:
        with np.errstate(over="ignore"):
            return array.astype(np.float64).reshape(-1)
    except OverflowError:  # Python's own integers, beyond what a float64 holds
        return np.array([_float(one) for one in array])
    except (TypeError, ValueError) as error:
        raise WrongTypeError(f"{CALL}: {describe(values)} holds what is no number ({error}); {_REMEDY}") from error


def _float(number: Any) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.copysign(math.inf, 1 if number > 0 else -1)


def _measured(array: Any, bins: int, np: Any) -> Histogram:
    finite = array[np.isfinite(array)]
    counted = _counted(finite, bins, np)
    return Histogram(
        counted.counts.tolist(),
        counted.edges.tolist(),
        int(np.isnan(array).sum()),
        int(np.isposinf(array).sum()),
        int(np.isneginf(array).sum()),
        *(_summary(reduce, finite, np) for reduce in (np.min, np.max, np.mean, np.std)),
    )


def _summary(reduce: Callable[[Any], Any], finite: Any, np: Any) -> float | None:
    if not finite.size:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        found = float(reduce(finite))
    return found if math.isfinite(found) else None


def _counted(finite: Any, bins: int, np: Any) -> _Bins:
    if not finite.size:
        return _Bins(np.zeros(0, dtype=np.int64), np.zeros(0))
    low, high = float(finite.min()), float(finite.max())
    scale = _SCALE if high / 2 - low / 2 > _WIDEST / 2 else 1.0
    try:
        found = np.histogram(finite * scale, bins=bins, range=(low * scale, high * scale))
    except ValueError:  # between values so near to each other there are fewer numbers than bins
        return _Bins(np.array([finite.size]), np.array([low, high]))
    return _Bins(found[0], found[1] / scale)
