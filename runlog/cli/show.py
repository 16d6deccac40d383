"""``runlog show``: what a run is and how it stands."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from runlog.cli.arguments import RunCommand, chosen_run, chosen_workspace, run_argument, workspace_option
from runlog.cli.json_text import json_text
from runlog.cli.log_options import raw_option
from runlog.cli.show_json import run_json
from runlog.cli.system_lines import summary, whole
from runlog.cli.tables import print_table
from runlog.control_characters import in_lines, in_one_line, indented
from runlog.reading.counts import RecordCounts, count_objects, count_records
from runlog.reading.documents import read_documents
from runlog.reading.notes import notes_of
from runlog.reading.summary import summarise
from runlog.reading.system_facts import SystemFacts
from runlog.reading.texts import duration, duration_text, local_time, number_text, size_text
from runlog.values import decode_cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runlog.attempts import Attempt
    from runlog.backend import Backend, JournalView
    from runlog.records import RunError
    from runlog.state import RunState

METRIC_COLUMNS = ("metric", "kind", "values", "last", "min", "max")
_RAISED_AT = re.compile(r'^ *File "(.*)", line (\d+), in (.*)$', re.MULTILINE)
"""A frame in a traceback; the last one is where the exception was raised."""


@click.command("show", cls=RunCommand)
@run_argument
@click.option("--system", "whole_system", is_flag=True, help="Only what it ran on, with every fact and package.")
@click.option("--diff", "diff", is_flag=True, help="Only the uncommitted change that it ran with, as git printed it.")
@click.option("--json", "as_json", is_flag=True, help="The same as one JSON object.")
@raw_option
@workspace_option
def command(run: str, whole_system: bool, diff: bool, as_json: bool, raw: bool) -> None:
    """Show what RUN is: status, times, parameters, labels, what it ran on, records, metrics, files, notes, losses."""
    if as_json and (diff or whole_system):
        raise click.UsageError("--json goes with neither --diff nor --system")
    workspace = chosen_workspace()
    run_id = chosen_run(workspace, run)
    state = workspace.backend.state(run_id)
    system = SystemFacts.of_run(workspace.backend, state)
    if diff:
        _print_diff(system.diff or "", raw=raw)
    elif whole_system:
        print_table(("fact", "value"), whole(system))
    elif as_json:
        _print_json(workspace.backend, state, system)
    else:
        _print_page(workspace.backend, state, system)


def _print_json(backend: Backend, state: RunState, system: SystemFacts) -> None:
    journal = backend.journal(state.id)
    metrics = {name: one._asdict() for name, one in _metrics(backend, journal, state).items()}
    place, records = backend.describe_run(state.id), count_records(journal)
    sys.stdout.write(json_text(run_json(state, place, system, journal, records, metrics)))


def _print_page(backend: Backend, state: RunState, system: SystemFacts) -> None:
    journal = backend.journal(state.id)
    records = count_records(journal)
    print_table(("run", state.id), _description(state, records, backend.describe_run(state.id)))
    if ran_on := list(summary(system)):
        print()
        print_table(("ran on", ""), ran_on)
    if metrics := _metrics(backend, journal, state):
        print()
        print_table(METRIC_COLUMNS, [_cells(name, one) for name, one in metrics.items()], right=METRIC_COLUMNS[2:])
    if state.files:
        print()
        files = [(one.name, size_text(one.size)) for one in state.files.values()]
        print_table(("file", "size"), files, right=("size",))
    _print_notes(state)
    _print_missing(journal, state)


class _Metric(NamedTuple):
    """A metric as the page has it; ``values`` counts scalars, rows, pictures and documents."""

    kind: str
    values: int
    last: Any = None
    min: float | None = None
    max: float | None = None


def _metrics(backend: Backend, journal: JournalView, state: RunState) -> dict[str, _Metric]:
    """What is known of each metric, scalars first."""
    found = {one.name: _Metric("scalar", one.count, one.last, one.low, one.high) for one in summarise(journal)}
    for name, some in read_documents(backend, state.id).items():
        found.setdefault(name, _Metric(some[-1].kind, len(some)))
    others = [one for one in state.series.values() if one.name not in found]
    counts = count_objects(journal) if others else {}
    for one in others:
        found[one.name] = _Metric(one.kind, counts.get(one.name, 0))
    return found


def _cells(name: str, one: _Metric) -> tuple[str, ...]:
    if one.kind != "scalar":
        return name, one.kind, str(one.values), "", "", ""
    return name, one.kind, str(one.values), number_text(one.last), number_text(one.min), number_text(one.max)


def _print_diff(diff: str, *, raw: bool) -> None:
    """Print a change as git printed it, but for what a terminal would obey; that is told, as it is no patch then."""
    shown = diff if raw else "\n".join(map(_shown_line, diff.split("\n")))
    sys.stdout.write(shown)
    if shown != diff:
        print("runlog: control characters are written out; --raw prints the change as it is", file=sys.stderr)


def _shown_line(line: str) -> str:
    end = "\r" if line.endswith("\r") else ""  # of a file with such line ends
    return in_lines(line.removesuffix(end)) + end


def _description(state: RunState, records: RecordCounts, place: str) -> Iterator[tuple[str, str]]:
    yield "name", state.name
    yield "experiment", state.experiment
    if state.description:
        yield "description", state.description
    yield "status", state.status
    if state.error is not None:
        yield from _error(state.id, state.error, records)
    yield "started", local_time(state.created)
    yield "ended", local_time(state.ended)
    yield "duration", duration_text(duration(state))
    if state.group:
        yield "group", state.group
    if len(state.history) > 1:
        for one in state.history:
            yield f"attempt {one.number}", _attempt(one)
    yield "kept in", place
    yield from _records(state, records)
    for name, value in state.params.items():
        yield f"param {name}", number_text(decode_cell(value))
    for name, tag in state.tags.items():
        yield f"tag {name}", tag or ""
    for name, value in state.properties.items():
        yield f"property {name}", value or ""


def _error(run_id: str, error: RunError, records: RecordCounts) -> Iterator[tuple[str, str]]:
    """What ended a run that failed, the line that raised it, and where its traceback is."""
    yield "error", f"{error.type}: {error.message}" if error.type else error.message
    places = _RAISED_AT.findall(error.traceback)
    if places:
        yield "raised at", "{}, line {}, in {}".format(*places[-1])
        see = f"runlog logs {run_id} --level ERROR" if records.last_error else f"runlog show {run_id} --json"
        yield "traceback", see


def _records(state: RunState, records: RecordCounts) -> Iterator[tuple[str, str]]:
    """How many log records there are of each level, and the last error."""
    if not records.total:
        return
    levels = ", ".join(f"{count:,} {level}" for level, count in records.levels.items())
    yield "records", f"{records.total:,} ({levels})" if records.is_all else f"more than {records.total:,} ({levels})"
    if (last := records.last_error) is not None:
        message = last.message.split("\n", 1)[0]
        told = f"{message} ({last.exception})" if last.exception else message
        yield "last error", f"{local_time(last.time_ns)} {last.logger}: {told}"
        if state.error is None:
            yield "", f"runlog logs {state.id} --level ERROR shows it"


def _attempt(attempt: Attempt) -> str:
    end = local_time(attempt.end_ns) if attempt.end_ns is not None else "..."
    return f"{attempt.status}, {local_time(attempt.start_ns)} to {end}, on {attempt.host}"


def _print_notes(state: RunState) -> None:
    """Print each note as it was written, under who wrote it and when."""
    for note in notes_of(state):
        print(f"\nnote, {local_time(note.time_ns)}{f', {in_one_line(note.author)}' if note.author else ''}")
        for line in note.text.strip().splitlines():
            print(f"  {in_one_line(line)}".rstrip())


def _print_missing(journal: JournalView, state: RunState) -> None:
    """Tell of what could not be kept, and of what was kept and can't be read."""
    lost = list(journal.lost().values())
    points, events = sum(one[0] for one in lost), sum(one[1] for one in lost)
    if points or events:
        print(f"\nnot kept: {points} points, {events} events")
    if state.unreadable:
        print(f"\nunreadable: {state.unreadable} events, written by another version")
    for crash in journal.crashes():
        print(f"\ncrash: {indented(in_lines(crash.text))}")
    if journal.damage:
        print(f"\ndamage: {journal.damage}")
        for finding in journal.damage:
            print(f"  {in_one_line(finding.where)}: {in_one_line(finding.what)} ({finding.count})")
