"""Measures runlog and the peers in turn, slice by slice, each in its own process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.figures import Latency, Ratio
from benchmarks.interleave import Plan
from benchmarks.machine import interpreter
from benchmarks.report import progress
from benchmarks.workers.pool import Recipe, Worker, WorkerError, turn, workers

from .catalog import Peer
from .environments import NotInstalledError, install

OURS = "runlog"
PLAN = Plan(rounds=5, slices=12, seconds=0.012)


@dataclass
class PeerFigures:
    """One case of one tracker: nanoseconds a call, by round (``batched``: by round and slice)."""

    batched: list[list[float]] = field(default_factory=list)
    single: list[Latency] = field(default_factory=list)

    @property
    def cost(self) -> float:
        """The median slice of many calls, divided by their number: what all of a call costs, tails included."""
        return median(median(slices) for slices in self.batched)

    @property
    def latency(self) -> Latency:
        return Latency.over_rounds(self.single)

    def ratio_to(self, other: PeerFigures) -> Ratio:
        """How much of the other's median call ours costs, all of ours counted: the harder reading for us."""
        return Ratio.of(median(slices) / theirs.p50 for slices, theirs in zip(self.batched, other.single, strict=True))


@dataclass
class Session:
    """Figures by tracker and case, and the reason for each tracker that has none."""

    figures: dict[str, dict[str, PeerFigures]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    pythons: dict[str, str] = field(default_factory=dict)

    def peers(self) -> list[str]:
        return [name for name in self.figures if name != OURS]

    def fastest(self, case: str) -> str | None:
        """The peer with the lowest median of this case."""
        return min(self.peers(), key=lambda name: self.figures[name][case].latency.p50, default=None)


def run_session(peers: Sequence[Peer], base: str, folder: Path, plan: Plan = PLAN) -> Session:
    """Install what is missing, start everyone, measure in turn."""
    session = Session()
    recipes = [Recipe(OURS, "benchmarks.peers.ours", interpreter())]
    for peer in peers:
        try:
            recipes.append(Recipe(peer.name, peer.module, install(peer, base)))
        except NotInstalledError as reason:
            session.missing[peer.name] = f"can't be installed here: {reason}"
    progress(f"starting {', '.join(recipe.name for recipe in recipes)}")
    with workers(recipes, folder) as (started, failed):
        session.missing.update({name: f"can't be run here: {reason}" for name, reason in failed.items()})
        if OURS in failed:
            raise WorkerError(failed[OURS])
        session.pythons = {name: worker.python for name, worker in started.items()}
        _measure(started, plan, session)
    return session


def _measure(started: dict[str, Worker], plan: Plan, session: Session) -> None:
    counts = {}
    for name, worker in started.items():
        session.figures[name] = {case: PeerFigures() for case in worker.cases}
        with turn(worker):
            for case in worker.cases:
                counts[name, case] = worker.ask("calibrate", case=case, seconds=plan.seconds)["count"]
    for number in range(plan.rounds):
        progress(f"round {number + 1} of {plan.rounds}")
        _round(started, counts, plan, session)


def _round(started: dict[str, Worker], counts: dict[tuple[str, str], int], plan: Plan, session: Session) -> None:
    batched: dict[tuple[str, str], list[float]] = {key: [] for key in counts}
    samples: dict[tuple[str, str], list[int]] = {key: [] for key in counts}
    for _ in range(plan.slices):
        for (name, case), count in counts.items():
            with turn(started[name]) as worker:
                worker.ask("batched", case=case, count=-(-count // 4))  # warms the caches that the others took
                batched[name, case].append(worker.ask("batched", case=case, count=count)["ns"] / count)
                samples[name, case].extend(worker.each(case, count))
    for (name, case), slices in batched.items():
        figures = session.figures[name][case]
        figures.batched.append(slices)
        figures.single.append(Latency.of(samples[name, case], started[name].clock))
