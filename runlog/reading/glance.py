"""Runs at a glance: what they are, and the last value of each of their metrics, as lists and tables show them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from runlog.documents import SCHEMA_TYPES
from runlog.reading.documents import read_documents
from runlog.reading.summary import summarise
from runlog.values import decode_cell

if TYPE_CHECKING:
    from runlog.backend import Backend
    from runlog.state import RunState
    from runlog.store.contract import RunSummary

SCALAR = "scalar"


class Glance(NamedTuple):
    """A run; times are UTC nanoseconds since 1970."""

    id: str
    name: str
    experiment: str
    status: str
    created: int | None
    ended: int | None
    params: Mapping[str, Any]
    tags: Mapping[str, str | None]
    metrics: Mapping[str, Any]
    """The last value of each scalar metric, and the last of the documents of a name, in the order first logged."""


def glances(backend: Backend, run_ids: Collection[str]) -> Iterator[Glance]:
    """Runs in their order, from the index where there is one; those that are not there any more are left out.

    Args:
        backend: keeps the runs.
        run_ids: of the runs.
    """
    known = backend.summaries(run_ids)
    for run_id in run_ids:
        if known is None:
            yield _of_state(backend, backend.state(run_id))
        elif run_id in known:
            yield _of_summary(backend, known[run_id])


def last_values(backend: Backend, state: RunState) -> dict[str, Any]:
    """The last value of each metric of a run, read from its journal without a Python object for every value."""
    found = [(one.first_time, one.name, one.last) for one in summarise(backend.journal(state.id), stretches=1)]
    if any(one.kind in SCHEMA_TYPES for one in state.series.values()):
        found += [(some[0].time_ns, name, some[-1]) for name, some in read_documents(backend, state.id).items()]
    metrics: dict[str, Any] = {}
    for _, name, value in sorted(found, key=lambda one: one[0]):  # of two kinds of a name the first one counts
        metrics.setdefault(name, value)
    return metrics


def _of_state(backend: Backend, state: RunState) -> Glance:
    params = {name: decode_cell(value) for name, value in state.params.items()}
    what = (state.id, state.name, state.experiment, state.status, state.created, state.ended)
    return Glance(*what, params, state.tags, last_values(backend, state))


def _of_summary(backend: Backend, run: RunSummary) -> Glance:
    documents = [name for name, one in run.metrics.items() if one.kind in SCHEMA_TYPES]
    read = read_documents(backend, run.id, documents) if documents else {}
    metrics = {
        name: read[name][-1] if name in read else one.last
        for name, one in run.metrics.items()
        if one.kind == SCALAR or name in read
    }
    what = (run.id, run.name, run.experiment, run.status, run.created, run.ended)
    return Glance(*what, run.params, run.tags, metrics)
