"""``python -m benchmarks peers``: the table of trackers."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.machine import describe, scratch_folder
from benchmarks.report import micros, say, table

from .catalog import PEERS, Peer
from .environments import ROOT, interpreter_of, version
from .session import OURS, PLAN, Session, run_session

RESULTS = ROOT / "peers.json"


def peers_command(names: tuple[str, ...], base: str) -> None:
    """Measure and print; the figures also go to ``peers.json`` beside the environments."""
    chosen = [PEERS[name] for name in names or PEERS]
    say(f"on {describe()}")
    with scratch_folder() as folder:
        session = run_session(chosen, base, folder)
    for case, title in (("one", "One scalar in a call"), ("ten", "Ten scalars in a call (tensorboardX: ten calls)")):
        _print(session, case, title)
    say_versions(session, chosen)
    _keep(session)


def say_versions(session: Session, peers: list[Peer]) -> None:
    """Name what was compared, and what could not be."""
    for peer in peers:
        if peer.name in session.figures:
            say(f"{peer.name}: {version(peer)}, Python {session.pythons[peer.name]}")
    for name, reason in session.missing.items():
        say(f"{name}: {reason}")


def installed_peers() -> list[Peer]:
    """The peers whose environments are there."""
    return [peer for peer in PEERS.values() if interpreter_of(peer) is not None]


def _print(session: Session, case: str, title: str) -> None:
    ours = session.figures[OURS][case]
    rows = []
    for name, cases in sorted(session.figures.items(), key=lambda one: one[1][case].latency.p50):
        figures, latency = cases[case], cases[case].latency
        share = "" if name == OURS else f"1/{1 / ours.ratio_to(figures).value:,.0f}"
        times = (figures.cost, latency.p50, latency.p99, latency.p999, latency.max)
        rows.append([name, *(micros(one) for one in times), f"{latency.calls:,}", share])
    columns = ["µs a call", "of many", "p50", "p99", "p99.9", "max", "calls", "runlog costs"]
    note = (
        f"of many: a slice of calls over their number; p50 to max: calls timed singly, the clock's cost taken off; "
        f"{PLAN.rounds} rounds of {PLAN.slices} turns each, medians of rounds. "
        "runlog costs: its 'of many' over the peer's p50."
    )
    table(title, columns, rows, note)


def _keep(session: Session) -> None:
    kept = {
        name: {
            case: {"of_many_ns": one.cost, "p50_ns": one.latency.p50, "p99_ns": one.latency.p99}
            for case, one in cases.items()
        }
        for name, cases in session.figures.items()
    }
    ROOT.mkdir(exist_ok=True)
    Path(RESULTS).write_text(json.dumps({"machine": describe(), "figures": kept, "missing": session.missing}, indent=1))
