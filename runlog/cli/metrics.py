"""``runlog metrics``: the metrics of a run, and one of them as a chart."""

from __future__ import annotations

import csv
import shutil
import sys
from typing import TYPE_CHECKING

import click

from runlog.cli.arguments import RunCommand, chosen_run, chosen_workspace, run_argument, workspace_option
from runlog.cli.charts import chart, spark_line
from runlog.cli.documents import print_documents, summary
from runlog.cli.json_text import json_line
from runlog.cli.tables import print_table
from runlog.reading.chunks import read_scalars
from runlog.reading.curves import drawable
from runlog.reading.documents import read_documents
from runlog.reading.summary import MetricSummary, summarise
from runlog.reading.texts import number_text, utc_text

if TYPE_CHECKING:
    from runlog.reading.chunks import Scalars
    from runlog.reading.documents import Document

WIDEST = 120
"""Columns of a chart at most."""


@click.command("metrics", cls=RunCommand)
@run_argument
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: one for each value.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values, one row for each value.")
@workspace_option
def command(run: str, name: str | None, as_json: bool, as_csv: bool) -> None:
    """Show the metrics of RUN; with NAME, its values as a small chart, or as a table."""
    workspace = chosen_workspace()
    run_id = chosen_run(workspace, run)
    journal = workspace.backend.journal(run_id)
    wanted = None if name is None else [name]
    documents = read_documents(workspace.backend, run_id, wanted)
    if name is None and not as_json and not as_csv:
        rows = [*map(_row, summarise(journal)), *map(_document_row, documents.items())]
        print_table(("metric", "values", "last", "course"), rows, right=("values", "last"))
        return
    metrics = read_scalars(journal, wanted)
    if name is not None and name not in metrics and name not in documents:
        from runlog.errors import MetricNotFoundError

        raise MetricNotFoundError(f"the run has no metric {name!r}: `runlog metrics {run}` lists those it has")
    if as_csv and name in documents and not as_json:
        raise click.UsageError(f"{name!r} is a {documents[name][0].kind}, which has no form in CSV: use --json")
    if as_json:
        _write_json(metrics, documents)
    elif as_csv:
        _write_csv(metrics)
    elif name in metrics:
        _print_chart(name, metrics[name])
    elif name is not None:
        print_documents(name, documents[name])


def _row(got: MetricSummary) -> tuple[str, ...]:
    return got.name, str(got.count), number_text(got.last), spark_line(got.curve)


def _document_row(named: tuple[str, list[Document]]) -> tuple[str, ...]:
    name, documents = named
    return name, str(len(documents)), summary(documents), ""


def _write_json(metrics: dict[str, Scalars], documents: dict[str, list[Document]]) -> None:
    for name, got in metrics.items():
        for index, (step, time, value) in enumerate(zip(got.steps, got.times, got.values, strict=True)):
            row = {"name": name, "index": index, "step": step, "time": utc_text(time), "value": value}
            sys.stdout.write(json_line(row))
    for name, some in documents.items():
        for index, one in enumerate(some):
            row = {"name": name, "index": index, "step": one.step, "time": utc_text(one.time_ns), "value": one}
            sys.stdout.write(json_line(row))


def _write_csv(metrics: dict[str, Scalars]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("name", "index", "step", "time", "value"))
    for name, got in metrics.items():
        for index, (step, time, value) in enumerate(zip(got.steps, got.times, got.values, strict=True)):
            writer.writerow((name, index, step, utc_text(time), value))


def _print_chart(name: str, got: Scalars) -> None:
    points = drawable(got.values, got.steps)
    last = f"{name}: {len(got.values)} values, last {number_text(got.values[-1])}"
    if not points:
        print(f"{last}, none of them a finite number")
        return
    low, high = min(y for _, y in points), max(y for _, y in points)
    print(f"{last}, min {number_text(low)}, max {number_text(high)}")
    print(chart(points, min(shutil.get_terminal_size().columns, WIDEST)) or spark_line(points))
