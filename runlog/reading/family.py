"""The runs beneath a run: found by the index in its journal, judged by what they say themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runlog.backend import Backend
    from runlog.run_head import RunHead
    from runlog.state import RunState


def read_children(backend: Backend, run_id: str, *, recursive: bool = False) -> Sequence[RunHead]:
    """A run's children in the order they were made; with theirs behind them where ``recursive``.

    No other runs are read. A child that was deleted is left out, and so is a run that does not say it is a child of
    the run: its id was used anew.
    """
    indexed = backend.heads_beneath(run_id, recursive=recursive)
    return _walk(backend, run_id, recursive=recursive) if indexed is None else indexed


def _walk(backend: Backend, run_id: str, *, recursive: bool) -> list[RunState]:
    found: list[RunState] = []
    seen = {run_id}
    level = {run_id: backend.state(run_id).children}
    while level:
        asked: dict[str, str] = {}
        for child, parent in ((child, parent) for parent, children in level.items() for child in children):
            if child not in seen:
                seen.add(child)
                asked[child] = parent
        states = [one for one in backend.states(asked) if one.parent == asked[one.id]]
        found += states
        level = {one.id: one.children for one in states if recursive and one.children}
    return found


def missing_children(backend: Backend) -> Iterator[tuple[str, list[str]]]:
    """Runs whose index lacks children, with those; every run is read.

    A child's own RUN event names its parent. The index in the parent's journal is made from it, and may lack some where
    the disk was full, or the parent's journal was damaged.
    """
    named: dict[str, list[tuple[int, str]]] = {}
    for state in backend.states(backend.run_ids()):
        if state.parent is not None:
            named.setdefault(state.parent, []).append((state.created or 0, state.id))
    for parent, children in named.items():
        if backend.has_run(parent):
            known = set(backend.state(parent).children)
            missing = [child for _, child in sorted(children) if child not in known]
            if missing:
                yield parent, missing
