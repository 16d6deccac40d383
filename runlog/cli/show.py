"""``runlog show``: what a run is and how it stands."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from runlog.cli.arguments import RunCommand, chosen_run, chosen_workspace, run_argument, workspace_option
from runlog.cli.log_options import raw_option
from runlog.cli.system_lines import summary, whole
from runlog.cli.tables import print_table
from runlog.control_characters import in_lines, in_one_line, indented
from runlog.reading.documents import read_documents
from runlog.reading.notes import notes_of
from runlog.reading.summary import MetricSummary, summarise
from runlog.reading.system_facts import SystemFacts
from runlog.reading.texts import duration, duration_text, local_time, number_text, size_text
from runlog.values import decode_cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runlog.attempts import Attempt
    from runlog.backend import JournalView
    from runlog.state import RunState

METRIC_COLUMNS = ("metric", "kind", "values", "last", "min", "max")


@click.command("show", cls=RunCommand)
@run_argument
@click.option("--system", "whole_system", is_flag=True, help="Only what it ran on, with every fact and package.")
@click.option("--diff", "diff", is_flag=True, help="Only the uncommitted change that it ran with, as git printed it.")
@raw_option
@workspace_option
def command(run: str, whole_system: bool, diff: bool, raw: bool) -> None:
    """Show what RUN is: status, times, parameters, labels, what it ran on, metrics, files, notes, what is not kept."""
    workspace = chosen_workspace()
    run_id = chosen_run(workspace, run)
    state = workspace.backend.state(run_id)
    system = SystemFacts.of_run(workspace.backend, state)
    if diff:
        _print_diff(system.diff or "", raw=raw)
        return
    if whole_system:
        print_table(("fact", "value"), whole(system))
        return
    journal = workspace.backend.journal(run_id)
    print_table(("run", run_id), _description(state, workspace.backend.describe_run(run_id)))
    if ran_on := list(summary(system)):
        print()
        print_table(("ran on", ""), ran_on)
    metrics = [*map(_metric, summarise(journal))]
    documents = read_documents(workspace.backend, run_id)
    metrics += [(name, some[-1].kind, str(len(some)), "", "", "") for name, some in documents.items()]
    known = {row[0] for row in metrics}
    metrics += [(one.name, one.kind, "", "", "", "") for one in state.series.values() if one.name not in known]
    if metrics:
        print()
        print_table(METRIC_COLUMNS, metrics, right=METRIC_COLUMNS[2:])
    if state.files:
        print()
        files = [(one.name, size_text(one.size)) for one in state.files.values()]
        print_table(("file", "size"), files, right=("size",))
    _print_notes(state)
    _print_missing(journal, state)


def _print_diff(diff: str, *, raw: bool) -> None:
    """Print a change as git printed it, but for what a terminal would obey; that is told, as it is no patch then."""
    shown = diff if raw else "\n".join(map(_shown_line, diff.split("\n")))
    sys.stdout.write(shown)
    if shown != diff:
        print("runlog: control characters are written out; --raw prints the change as it is", file=sys.stderr)


def _shown_line(line: str) -> str:
    end = "\r" if line.endswith("\r") else ""  # of a file with such line ends
    return in_lines(line.removesuffix(end)) + end


def _description(state: RunState, place: str) -> Iterator[tuple[str, str]]:
    yield "name", state.name
    yield "experiment", state.experiment
    if state.description:
        yield "description", state.description
    yield "status", state.status
    if state.error is not None:
        yield "error", f"{state.error.type}: {state.error.message}" if state.error.type else state.error.message
    yield "started", local_time(state.created)
    yield "ended", local_time(state.ended)
    yield "duration", duration_text(duration(state))
    if state.group:
        yield "group", state.group
    if len(state.history) > 1:
        for one in state.history:
            yield f"attempt {one.number}", _attempt(one)
    yield "kept in", place
    for name, value in state.params.items():
        yield f"param {name}", number_text(decode_cell(value))
    for name, tag in state.tags.items():
        yield f"tag {name}", tag or ""
    for name, value in state.properties.items():
        yield f"property {name}", value or ""
    for note in state.notes:
        yield "note", f"{note.author}: {note.text}" if note.author else note.text


def _attempt(attempt: Attempt) -> str:
    end = local_time(attempt.end_ns) if attempt.end_ns is not None else "..."
    return f"{attempt.status}, {local_time(attempt.start_ns)} to {end}, on {attempt.host}"


def _metric(got: MetricSummary) -> tuple[str, ...]:
    return (got.name, "scalar", str(got.count), number_text(got.last), number_text(got.low), number_text(got.high))


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
