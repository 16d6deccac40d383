"""Measures several subjects in turn, slice by slice, so that whatever the machine does meets all of them alike.

The order is another in each turn: what a subject leaves behind (cold caches, work in the background) must not meet the
same one each time.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from statistics import median

from .figures import Latency, Ratio
from .statement import Statement, clock_cost, run_in_threads


@dataclass(frozen=True)
class Plan:
    """How long to measure.

    Args:
        rounds: independent repetitions; a figure is the median of theirs.
        slices: turns of each subject in a round, A B C A B C.
        seconds: length of one turn.
        thread_seconds: length of a turn with several threads, several of the interpreter's switch intervals (5 ms).
    """

    rounds: int = 5
    slices: int = 50
    seconds: float = 0.003
    thread_seconds: float = 0.06


@dataclass
class Measured:
    """What was measured of one subject, in nanoseconds a call, by [round][slice].

    ``batched`` is a slice's time over its calls, ``medians`` the median of calls timed singly.
    """

    batched: list[list[float]] = field(default_factory=list)
    medians: list[list[float]] = field(default_factory=list)
    single: list[Latency] = field(default_factory=list)
    threaded: list[Latency] = field(default_factory=list)
    threaded_wall: list[float] = field(default_factory=list)

    @property
    def cost(self) -> float:
        """Nanoseconds a call: the median of the rounds' median slices."""
        return median(self.rounds)

    @property
    def rounds(self) -> list[float]:
        """Nanoseconds a call: the median slice of each round, the quietest round first."""
        return sorted(median(slices) for slices in self.batched)

    def ratio_to(self, other: Measured) -> Ratio:
        """How much a call costs against the other's, from slices of many calls: tails included."""
        return Ratio.pairwise(self.batched, other.batched)

    def median_ratio_to(self, other: Measured) -> Ratio:
        """How much the median call costs against the other's."""
        return Ratio.pairwise(self.medians, other.medians)


def _orders(subjects: Mapping[str, Statement], turns: int) -> Iterator[list[tuple[str, Statement]]]:
    shuffled = Random(0)
    for _ in range(turns):
        yield shuffled.sample(list(subjects.items()), len(subjects))


def measure_batched(subjects: Mapping[str, Statement], plan: Plan, into: dict[str, Measured]) -> None:
    """Time slices of many calls each, read as nanoseconds a call."""
    counts = {name: subject.calibrated(plan.seconds) for name, subject in subjects.items()}
    for _ in range(plan.rounds):
        for name in subjects:
            into[name].batched.append([])
        for order in _orders(subjects, plan.slices):
            for name, subject in order:
                into[name].batched[-1].append(subject.batched(counts[name]) / counts[name])


def measure_single(subjects: Mapping[str, Statement], plan: Plan, into: dict[str, Measured]) -> None:
    """Time every call by itself, for the percentiles."""
    clock = clock_cost()
    counts = {name: subject.calibrated(plan.seconds) for name, subject in subjects.items()}
    for _ in range(plan.rounds):
        samples = {name: array("q") for name in subjects}
        for name in subjects:
            into[name].medians.append([])
        for order in _orders(subjects, plan.slices):
            for name, subject in order:
                taken = subject.each(counts[name])
                into[name].medians[-1].append(median(taken) - clock)
                samples[name].extend(taken)
        for name in subjects:
            into[name].single.append(Latency.of(samples[name], clock))


def measure_threaded(subjects: Mapping[str, Statement], plan: Plan, threads: int, into: dict[str, Measured]) -> None:
    """Time every call while several threads make them at once."""
    clock = clock_cost()
    counts = {name: subject.calibrated(plan.thread_seconds / threads) for name, subject in subjects.items()}
    for _ in range(plan.rounds):
        for name, subject in subjects.items():
            samples, wall = run_in_threads(subject, counts[name], threads)
            into[name].threaded.append(Latency.of(samples, clock))
            into[name].threaded_wall.append(wall / len(samples))


def measured(subjects: Mapping[str, Statement]) -> dict[str, Measured]:
    """An empty result for each subject."""
    return {name: Measured() for name in subjects}
