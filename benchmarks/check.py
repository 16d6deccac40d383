"""``python -m benchmarks check``: the promised figures, each measured and judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .figures import Latency, Ratio
from .imports import measure_imports
from .interleave import Measured, Plan, measure_batched, measure_single, measured
from .latency import Paced, measure_paced
from .machine import describe, scratch_folder
from .peers.catalog import PEERS, QUICK
from .peers.command import installed_peers, say_versions
from .peers.session import OURS, Session, run_session
from .reading.command import measure_grep_apart, measure_points_apart, measure_tiny_runs_apart
from .report import progress, say, table
from .statement import Statement
from .subjects import exceptions, stdlib
from .subjects.run_log import open_run, records, run_calls, two_handlers

TRIES = 3
LATENCY_SECONDS = 10
CALLS_PLAN = Plan(rounds=11, slices=30)
PEERS_PLAN = Plan(rounds=5, slices=6, seconds=0.012)


@dataclass(frozen=True)
class Line:
    """One promise: what was measured, and the most it may be."""

    promise: str
    measured: float
    limit: float
    unit: str
    note: str = ""

    @property
    def kept(self) -> bool:
        return self.measured <= self.limit

    def row(self) -> list[str]:
        verdict = "OK" if self.kept else "MISS"
        return [self.promise, f"{self.measured:.4g} {self.unit}", f"{self.limit:g} {self.unit}", verdict, self.note]


def check_command(base: str, *, with_reading: bool) -> bool:
    """Measure every promise, print them, and tell whether all are kept."""
    say(f"on {describe()}")
    parts: list[Callable[[], list[Line]]] = [_calls, lambda: _peers(base), _latency, _imports]
    if with_reading:
        parts += [_reading]
    lines = [line for part in parts for line in part()]
    table("Promises", ["", "measured", "at most", "", "how"], [line.row() for line in lines])
    missed = sum(not line.kept for line in lines)
    say(f"{len(lines) - missed} kept, {missed} missed")
    if not with_reading:
        say("reading was left out: python -m benchmarks check measures it too")
    return missed == 0


_PULSE = "an empty call"
_LOG, _TEN = "run.log(name, float)", "run.log_metrics, 10 values"
_ROW = "run.log_row, 2 columns"
_HANDLER, _EXCEPTION = "RunLogHandler", "RunLogHandler, exception"
_TWO = "two RunLogHandlers"
_METRICS = (_PULSE, _LOG, _TEN, _ROW)
_RECORDS = (_HANDLER, "NullHandler", "FileHandler", _EXCEPTION, "FileHandler, exception")


def _calls() -> list[Line]:
    with scratch_folder() as folder, open_run(folder) as run:
        subjects = {**run_calls(run), **records(folder)}
        subjects |= {**stdlib.calls(), **stdlib.handlers(folder), **exceptions.handlers(folder)}
        # Metrics apart: a million points a second keep the journal's threads busier than records ever do.
        metrics = _metrics({name: subjects[name] for name in _METRICS})
        chosen = {name: subjects[name] for name in _RECORDS}
        results = measured(chosen)
        progress(f"calls in turn: {', '.join(chosen)}")
        measure_batched(chosen, CALLS_PLAN, results)
        measure_single(chosen, CALLS_PLAN, results)
        several = {name: subjects[name] for name in (_HANDLER, "NullHandler")} | two_handlers(subjects[_HANDLER])
        results_of_several = measured(several)
        progress(f"calls in turn: {', '.join(several)}")
        measure_batched(several, CALLS_PLAN, results_of_several)
        measure_single(several, CALLS_PLAN, results_of_several)
    return [
        *metrics,
        _against(results, _HANDLER, "NullHandler", 1.7),
        _against(results_of_several, _TWO, _HANDLER, 1.1),
        _against(results_of_several, _TWO, "NullHandler", 1.87),
        _against(results, _HANDLER, "FileHandler", 0.75),
        _against(results, _EXCEPTION, "FileHandler, exception", 0.1),
    ]


def _metrics(chosen: dict[str, Statement]) -> list[Line]:
    """Times; where one is over its limit there are more rounds, as the machine may have a slow minute."""
    results = measured(chosen)
    for _ in range(TRIES):
        progress(f"calls in turn: {', '.join(chosen)}")
        measure_batched(chosen, CALLS_PLAN, results)
        lines = [_absolute(results, _LOG, 1.0), _absolute(results, _TEN, 6.0), _absolute(results, _ROW, 8.0)]
        if all(line.kept for line in lines):
            break
    say(f"an empty call took {_range(results[_PULSE])} µs in these rounds: how fast the machine was meanwhile")
    return lines


def _range(measured: Measured) -> str:
    return f"{measured.rounds[0] / 1000:.3g} to {measured.rounds[-1] / 1000:.3g}"


def _absolute(results: dict[str, Measured], name: str, limit: float) -> Line:
    """A time is a promise about a quiet machine: the quietest round counts."""
    one = results[name]
    how = f"median slice of the quietest of {len(one.rounds)} rounds (all: {_range(one)} µs)"
    return Line(name, one.rounds[0] / 1000, limit, "µs", how)


def _against(results: dict[str, Measured], name: str, other: str, limit: float) -> Line:
    """Medians of calls timed singly, as slices of the same turn; what slices of many calls say stands beside."""
    ratio, of_many = results[name].median_ratio_to(results[other]), results[name].ratio_to(results[other])
    ours, theirs = (Latency.over_rounds(one.single).p50 / 1000 for one in (results[name], results[other]))
    how = f"medians {ours:.2f} to {theirs:.2f} µs, rounds {ratio.low:.3f} to {ratio.high:.3f}; of many calls {of_many}"
    return Line(f"{name} / {other}", ratio.value, limit, "x", how)


def _peers(base: str) -> list[Line]:
    peers = installed_peers()
    if not peers:
        say(f"no peer has an environment yet: measuring against {', '.join(QUICK)}")
        peers = [PEERS[name] for name in QUICK]
    with scratch_folder() as folder:
        session = run_session(peers, base, folder, PEERS_PLAN)
    say_versions(session, peers)
    fastest = session.fastest("one")
    if fastest is None:
        return [Line("run.log / fastest peer", float("nan"), 1 / 8, "x", "no peer could be measured")]
    return [_against_peer(session, fastest)]


def _against_peer(session: Session, peer: str) -> Line:
    ours, theirs = session.figures[OURS]["one"], session.figures[peer]["one"]
    ratio: Ratio = ours.ratio_to(theirs)
    how = (
        f"{ours.cost / 1000:.2f} to {theirs.latency.p50 / 1000:.2f} µs of {peer}, the fastest of {len(session.peers())}"
    )
    return Line("run.log(name, float, step) / fastest peer", ratio.value, 1 / 8, "x", how)


def _latency() -> list[Line]:
    paced = _quietest()
    how = f"control: p99.9 {_micros(paced.control.p999):.2f} µs, max {paced.control.max / 1e6:.2f} ms"
    late = f"max {paced.ours.max / 1e6:.2f} ms; control: {paced.control.over_5_ms} over 5 ms"
    return [
        Line("p99.9 of run.log at 20,000 a second", _micros(paced.ours.p999), 50.0, "µs", how),
        Line("run.log calls over 5 ms at that rate", paced.ours.over_5_ms, 0, "calls", late),
    ]


def _quietest() -> Paced:
    """Paced calls, again where the control shows that the machine itself stalled; the quietest try counts."""
    tries: list[Paced] = []
    while len(tries) < TRIES:
        progress(f"{LATENCY_SECONDS} s of paced calls and as much of their control")
        with scratch_folder() as folder:
            tries.append(measure_paced(folder, "alone", LATENCY_SECONDS))
        if tries[-1].control.over_5_ms == 0:
            return tries[-1]
        progress("the control stalled too: the machine is not quiet, once more")
    return min(tries, key=lambda one: (one.control.over_5_ms, one.control.max))


def _micros(nanoseconds: float | None) -> float:
    return float("nan") if nanoseconds is None else nanoseconds / 1000


def _imports() -> list[Line]:
    progress("imports in child processes")
    with scratch_folder() as folder:
        cost = measure_imports(folder)
    how = f"bare {cost.bare:.1f} ms; start() + first log + complete() {cost.by_whole_run:.0f} ms over bare"
    times = cost.to_first_log / cost.standard_imports
    first = (
        f"in a fresh process after import runlog; the quickest {cost.quickest_first_log:.1f} ms; "
        f"{times:.1f}x the {cost.standard_imports:.1f} ms of import logging, json, sqlite3"
    )
    return [
        Line("import runlog over bare Python", cost.by_import, 60.0, "ms", how),
        Line("start to first log", cost.to_first_log, 50.0, "ms", first),
    ]


def _seconds(times: list[float]) -> str:
    return f"quietest of {', '.join(f'{one:.2f}' for one in times)} s"


def _reading() -> list[Line]:
    points, grep, tiny = measure_points_apart(), measure_grep_apart(), measure_tiny_runs_apart()
    read = f"{_seconds(points.read_seconds)}; {points.bytes_a_point:.1f} bytes a point"
    searched = f"{_seconds(grep.grep_seconds)}; whole process, {grep.matches} matches"
    return [
        Line("to_pandas of 10 million points", points.read_seconds[0], 3.0, "s", read),
        Line("runlog logs --grep over 1 million records", grep.grep_seconds[0], 2.0, "s", searched),
        Line("10,000 tiny runs on disk", tiny.bytes_on_disk / 1e6, 100.0, "MB", f"made in {tiny.seconds:.1f} s"),
    ]
