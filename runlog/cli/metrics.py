"""``runlog metrics``: the metrics of a run, and one of them as a chart."""

from __future__ import annotations

import shutil
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runlog.cli.arguments import RunCommand, chosen_run, chosen_workspace, run_argument, workspace_option
from runlog.cli.charts import chart, spark_line
from runlog.cli.content_files import has_files, save
from runlog.cli.csv_text import write_rows
from runlog.cli.json_text import json_line
from runlog.cli.metric_columns import csv_rows, print_others, summary_row, write_json
from runlog.cli.nothing_found import say
from runlog.cli.tables import print_table
from runlog.control_characters import in_one_line
from runlog.errors import MetricNotFoundError
from runlog.names import did_you_mean, normalise
from runlog.reading.attempts import newest_of_steps
from runlog.reading.axis import course, indices
from runlog.reading.chunks import read_scalars
from runlog.reading.metrics import read_columns
from runlog.reading.summary import MetricSummary, summarise
from runlog.reading.texts import number_text, utc_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runlog.backend import Backend
    from runlog.reading.chunks import Scalars
    from runlog.records import RunOpened

WIDEST = 120
"""Columns of a chart at most."""
HEADINGS = ("metric", "values", "last", "course")
SCALAR_COLUMNS = ("name", "index", "step", "time", "value", "writer")


@click.command("metrics", cls=RunCommand)
@run_argument
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: one for each value.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values, one row for each value.")
@click.option(
    "--download",
    "-d",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write pictures, figures, sounds, texts and documents, of NAME or all of them, into this folder.",
)
@workspace_option
def command(run: str, name: str | None, as_json: bool, as_csv: bool, download: Path | None) -> None:
    """Show the metrics of RUN; with NAME, its values as a small chart, or as a table."""
    workspace = chosen_workspace()
    backend, run_id = workspace.backend, chosen_run(workspace, run)
    kept = None if name is None else normalise(name, "metric name").name
    if download is not None:
        _download(backend, run_id, kept, download)
    elif kept is None:
        _show_all(backend, run_id, as_json=as_json, as_csv=as_csv)
    else:
        _show_one(backend, run_id, kept, as_json=as_json, as_csv=as_csv)


def _show_one(backend: Backend, run_id: str, name: str, *, as_json: bool, as_csv: bool) -> None:
    journal = backend.journal(run_id)
    scalars = read_scalars(journal, [name])
    if name not in scalars:
        values = read_columns(backend, journal).get(name)
        if values is None:
            raise _no_metric(backend, run_id, name)
        _show_others(name, values, as_json=as_json, as_csv=as_csv)
    elif as_json or as_csv:
        _write_values(scalars, as_json=as_json)
    else:
        _print_chart(name, scalars[name], backend.state(run_id).writers)


def _no_metric(backend: Backend, run_id: str, name: str) -> MetricNotFoundError:
    journal = backend.journal(run_id)
    known = [*(one.name for one in summarise(journal, stretches=1)), *read_columns(backend, journal)]
    hint = did_you_mean(name, known) or f"it has {', '.join(map(repr, known[:8])) or 'none'}"
    return MetricNotFoundError(f"run {run_id} has no metric {name!r}: {hint}")


def _download(backend: Backend, run_id: str, name: str | None, folder: Path) -> None:
    journal = backend.journal(run_id)
    found = {one: values for one, values in read_columns(backend, journal).items() if has_files(values)}
    if name is not None and name not in found:
        if name in read_columns(backend, journal) or name in read_scalars(journal, [name]):
            raise click.UsageError(f"{name!r} has numbers and no files: use --csv or --json")
        raise _no_metric(backend, run_id, name)
    written = 0
    for path in save(found if name is None else {name: found[name]}, folder):
        print(in_one_line(str(path)))
        written += 1
    if not written:
        say("the run has no pictures, figures, sounds, texts or documents; `runlog files` has its files")


def _show_all(backend: Backend, run_id: str, *, as_json: bool, as_csv: bool) -> None:
    journal = backend.journal(run_id)
    if as_json or as_csv:
        _write_values(read_scalars(journal), as_json=as_json)
    others = {} if as_csv and not as_json else read_columns(backend, journal)
    if as_json:
        for name, values in others.items():
            write_json(name, values)
    elif not as_csv:
        rows = [_row(got) for got in summarise(journal, opened=backend.state(run_id).writers)]
        rows += [summary_row(name, values) for name, values in others.items()]
        print_table(HEADINGS, rows, right=("values", "last"))
        if not rows:
            say("the run has no metrics")


def _row(got: MetricSummary) -> tuple[str, ...]:
    return got.name, str(got.count), number_text(got.last), spark_line(got.curve)


def _show_others(name: str, values: Any, *, as_json: bool, as_csv: bool) -> None:
    if as_json:
        write_json(name, values)
    elif as_csv:
        write_rows(sys.stdout, csv_rows(name, values))
    else:
        print_others(name, values)


def _write_values(metrics: dict[str, Scalars], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.writelines(json_line(dict(zip(SCALAR_COLUMNS, row, strict=True))) for row in _rows(metrics))
    else:
        write_rows(sys.stdout, chain([SCALAR_COLUMNS], _rows(metrics)))


def _rows(metrics: dict[str, Scalars]) -> Iterator[tuple[Any, ...]]:
    for name, got in metrics.items():
        times = map(utc_text, got.times)
        for row in zip(indices(got.writers), got.steps, times, got.values, got.writers, strict=True):
            yield name, *row


def _print_chart(name: str, got: Scalars, opened: Mapping[str, RunOpened]) -> None:
    points = course(newest_of_steps(got, opened))
    count = len(got.values)
    last = in_one_line(f"{name}: {count:,} value{'' if count == 1 else 's'}, last {number_text(got.values[-1])}")
    if not points:
        print(f"{last}, none of them a finite number")
        return
    low, high = min(y for _, y in points), max(y for _, y in points)
    print(f"{last}, min {number_text(low)}, max {number_text(high)}")
    width = shutil.get_terminal_size().columns
    print(chart(points, min(width, WIDEST)) or spark_line(points, width))
