"""Statistics of measured calls: percentiles, medians over rounds, and ratios taken pair by pair."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


def percentile(ordered: Sequence[int], share: float) -> int:
    """The smallest value that at least ``share`` (0 to 1) of the ascending values do not exceed."""
    if not ordered:
        raise ValueError("a percentile of no values: measure at least one call")
    rank = -(-len(ordered) * share // 1)
    return ordered[max(0, int(rank) - 1)]


@dataclass(frozen=True)
class Latency:
    """Single calls in nanoseconds, the cost of the clock taken off.

    ``p999`` is None where there were too few calls to tell the slowest thousandth.
    """

    calls: int
    p50: float
    p99: float
    p999: float | None
    max: float
    over_5_ms: int

    @classmethod
    def of(cls, samples: Iterable[int], clock: int = 0) -> Latency:
        ordered = sorted(samples)
        at = [max(0, percentile(ordered, share) - clock) for share in (0.5, 0.99, 0.999)]
        enough = len(ordered) >= 1000
        late = sum(1 for one in ordered if one > 5_000_000)
        return cls(len(ordered), at[0], at[1], at[2] if enough else None, ordered[-1] - clock, late)

    @classmethod
    def over_rounds(cls, rounds: Sequence[Latency]) -> Latency:
        """Medians of the rounds' percentiles; the slowest call of all rounds."""
        tails = [one.p999 for one in rounds if one.p999 is not None]
        return cls(
            calls=sum(one.calls for one in rounds),
            p50=median(one.p50 for one in rounds),
            p99=median(one.p99 for one in rounds),
            p999=median(tails) if tails else None,
            max=max(one.max for one in rounds),
            over_5_ms=sum(one.over_5_ms for one in rounds),
        )


@dataclass(frozen=True)
class Ratio:
    """A quotient of two subjects measured in turn: the median of the rounds, and the rounds' range."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, rounds: Iterable[float]) -> Ratio:
        ordered = sorted(rounds)
        return cls(median(ordered), ordered[0], ordered[-1])

    @classmethod
    def pairwise(cls, ours: Sequence[Sequence[float]], theirs: Sequence[Sequence[float]]) -> Ratio:
        """From slices [round][slice] of two subjects: the median over the pairs of a round, then over the rounds."""
        return cls.of(
            median(a / b for a, b in zip(left, right, strict=True)) for left, right in zip(ours, theirs, strict=True)
        )

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"
