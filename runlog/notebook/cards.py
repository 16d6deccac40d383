"""A run, an experiment and a list of runs, as HTML for a notebook's output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from runlog.errors import JournalError
from runlog.notebook.markup import Markup, badge, card, code, curve, faint, table, text, title
from runlog.reading.summary import MetricSummary, summarise
from runlog.reading.texts import duration, duration_text, local_time, number_text

if TYPE_CHECKING:
    from runlog.experiment import Experiment
    from runlog.log_record import Record
    from runlog.run import Run
    from runlog.state import RunState

METRICS, LABELS, RUNS = 12, 12, 10
"""The most metrics, parameters and tags, and runs that are shown."""
_CELL_CHARACTERS = 60


def run_card(run: Run) -> str:
    """What a run is, how it stands, its last values, and how to see more."""
    state = run.state()
    metrics = summarise(run._backend.journal(run.id))
    labels = {**run.params, **{f"tag {key}": value or "" for key, value in state.tags.items()}}
    return card(
        title(state.name or run.id, run.status, state.experiment, run.id),
        _error(state),
        faint(f"started {local_time(state.created)}, {duration_text(duration(state))}"),
        _labels(labels),
        table(("metric", "last", "min", "max", "values", ""), map(_metric, metrics[:METRICS]), right=range(1, 5)),
        _more(len(metrics) - METRICS, "metrics"),
        _count(state),
        faint(Markup(f"{code(f'runlog show {run.id}')} shows more; kept in {text(run._backend.describe_run(run.id))}")),
    )


def experiment_card(experiment: Experiment) -> str:
    """An experiment: how many runs it has, the newest of them, and how to see the others."""
    runs = experiment.get_runs()
    counts = Counter(one.status for one in experiment.workspace.backend.states([run.id for run in runs]))
    told = ", ".join(f"{count} {status}" for status, count in counts.most_common()) or "no runs yet"
    return card(
        title(experiment.name, "", f"in {experiment.workspace.name}"),
        faint(told),
        _runs(runs[:RUNS]),
        _more(len(runs) - RUNS, "runs"),
        faint(Markup(f"{code(f'runlog runs --experiment {experiment.name}')} lists them")),
    )


def run_table(runs: Sequence[Run]) -> str:
    """A list of runs."""
    if not runs:
        return card(faint("no runs"))
    return card(_runs(runs[: 2 * RUNS]), _more(len(runs) - 2 * RUNS, "runs"))


def record_table(records: Sequence[Record], *, more: bool) -> str:
    """Log records, and whether there are more of them."""
    if not records:
        return card(faint("no records"))
    rows = [(local_time(one.time_ns), one.level, one.logger, _short(_line_of(one), 200)) for one in records]
    told = f"the first {len(rows)}; to_pandas() has all" if more else ""
    return card(table(("time", "level", "logger", "message"), rows), faint(told) if told else "")


def _line_of(record: Record) -> str:
    """The first line of a message, with the exception that it tells of."""
    line = record.message.split("\n", 1)[0]
    return line if record.exception is None else f"{line} ({record.exception.type}: {record.exception.message})"


def _runs(runs: Sequence[Run]) -> Markup:
    return table(("run", "status", "started", "took", "last values", "id"), map(_run_row, runs))


def _run_row(run: Run) -> tuple[object, ...]:
    (state,) = run._backend.states([run.id])
    values = [f"{one.name} {number_text(one.last)}" for one in _scalars(run, state) if one.low is not None]
    return (
        state.name,
        badge(state.status),
        local_time(state.created),
        duration_text(duration(state)),
        _short(", ".join(values[:4])),
        code(run.id),
    )


def _scalars(run: Run, state: RunState) -> Sequence[MetricSummary]:
    """Its scalars, where it can be read: the others are shown all the same."""
    try:
        return () if state.fault else summarise(run._backend.journal(run.id))
    except JournalError:
        return ()


def _metric(one: MetricSummary) -> tuple[object, ...]:
    last = _short(number_text(one.last))
    return one.name, last, number_text(one.low), number_text(one.high), str(one.count), curve(one.curve)


def _labels(labels: dict[str, Any]) -> Markup:
    rows = [(name, _short(number_text(value))) for name, value in labels.items()]
    return Markup(table(("parameter", "value"), rows[:LABELS]) + _more(len(rows) - LABELS, "parameters and tags"))


def _error(state: RunState) -> str:
    if state.error is None:
        return ""
    kind = f"{state.error.type}: " if state.error.type else ""
    return _short(f"{kind}{state.error.message}", 200)


def _count(state: RunState) -> Markup | str:
    parts = [f"{len(found)} {what}" for found, what in ((state.images, "images"), (state.files, "files")) if found]
    return faint(", ".join(parts)) if parts else ""


def _more(count: int, what: str) -> Markup | str:
    return faint(f"and {count} more {what}") if count > 0 else ""


def _short(value: str, characters: int = _CELL_CHARACTERS) -> str:
    return value if len(value) <= characters else f"{value[: characters - 1]}…"
