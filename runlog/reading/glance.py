"""Runs at a glance: what they are, and each of their metrics in a few values, as lists and tables show them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from runlog.documents import SCHEMA_TYPES
from runlog.errors import JournalError
from runlog.reading.documents import read_documents
from runlog.reading.summary import summarise
from runlog.values import decode_cell

if TYPE_CHECKING:
    from runlog.backend import Backend
    from runlog.state import RunState
    from runlog.store.contract import RunSummary

SCALAR = "scalar"


@dataclass(frozen=True)
class MetricGlance:
    """A metric in a few values."""

    last: Any
    """The value, or the document, that was logged last; exactly."""
    min: float | None
    """The smallest finite number; None where there is none, and of documents."""
    max: float | None
    count: int


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
    metrics: Mapping[str, MetricGlance]
    """Scalars and documents by name, in the order first logged."""


def glances(backend: Backend, run_ids: Collection[str]) -> Iterator[Glance]:
    """Runs in their order, from the index where there is one; those that are not there any more are left out.

    Args:
        backend: keeps the runs.
        run_ids: of the runs.
    """
    known = backend.summaries(run_ids)
    unread = [one for one in run_ids if known is None or (one in known and not _is_whole(known[one]))]
    states = {one.id: one for one in backend.states(unread)}
    with_documents = [] if known is None else [one for one in run_ids if _has_documents(known.get(one))]
    with backend.at_hand([*unread, *with_documents]):
        for run_id in run_ids:
            if run_id in states:
                yield glance_of(backend, states[run_id])
            elif known is not None and (summary := known.get(run_id)) is not None:
                yield _of_summary(backend, summary)


def _is_whole(run: RunSummary | None) -> bool:
    """Whether the index told all metrics of a run: of very many it tells the first."""
    return run is not None and not run.metrics_left_out


def _has_documents(run: RunSummary | None) -> bool:
    return run is not None and any(one.kind in SCHEMA_TYPES for one in run.metrics.values())


def metric_glances(backend: Backend, state: RunState) -> dict[str, MetricGlance]:
    """The metrics of one run, read from its journal without a Python object for every value."""
    found = [
        (one.first_time, one.name, MetricGlance(one.last, one.low, one.high, one.count))
        for one in summarise(backend.journal(state.id), stretches=1)
    ]
    if any(one.kind in SCHEMA_TYPES for one in state.series.values()):
        documents = read_documents(backend, state.id)
        found += [(s[0].time_ns, name, MetricGlance(s[-1], None, None, len(s))) for name, s in documents.items()]
    metrics: dict[str, MetricGlance] = {}
    for _, name, one in sorted(found, key=lambda one: one[0]):  # of two kinds of a name the first one counts
        metrics.setdefault(name, one)
    return metrics


def glance_of(backend: Backend, state: RunState) -> Glance:
    """One run, from its journal."""
    params = {name: decode_cell(value) for name, value in state.params.items()}
    what = (state.id, state.name, state.experiment, state.status, state.created, state.ended)
    return Glance(*what, params, state.tags, _readable_metrics(backend, state))


def _readable_metrics(backend: Backend, state: RunState) -> dict[str, MetricGlance]:
    """The metrics of one run of many; none where they can't be read, as the others are to be seen all the same."""
    try:
        return {} if state.fault else metric_glances(backend, state)
    except JournalError:
        return {}


def _of_summary(backend: Backend, run: RunSummary) -> Glance:
    documents = [name for name, one in run.metrics.items() if one.kind in SCHEMA_TYPES]
    read = read_documents(backend, run.id, documents) if documents else {}
    metrics = {
        name: MetricGlance(read[name][-1] if name in read else one.last, one.min, one.max, one.count)
        for name, one in run.metrics.items()
        if one.kind == SCALAR or name in read
    }
    what = (run.id, run.name, run.experiment, run.status, run.created, run.ended)
    return Glance(*what, run.params, run.tags, metrics)
