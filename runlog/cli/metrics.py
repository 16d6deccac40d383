"""``runlog metrics``: the metrics of a run, and one of them as a chart."""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING

import click

from runlog.cli.arguments import RunCommand, chosen_run, chosen_workspace, run_argument, workspace_option
from runlog.cli.json_text import json_line
from runlog.cli.tables import number_text, print_table
from runlog.cli.times import utc_text
from runlog.reading.chunks import read_scalars
from runlog.reading.series import is_number

if TYPE_CHECKING:
    from runlog.reading.chunks import Scalars

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 60


@click.command("metrics", cls=RunCommand)
@run_argument
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: one for each value.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values, one row for each value.")
@workspace_option
def command(run: str, name: str | None, as_json: bool, as_csv: bool) -> None:
    """Show the metrics of RUN; with NAME, its values as a small chart."""
    workspace = chosen_workspace()
    metrics = read_scalars(workspace.backend.journal(chosen_run(workspace, run)), None if name is None else [name])
    if name is not None and name not in metrics:
        from runlog.errors import MetricNotFoundError

        raise MetricNotFoundError(f"the run has no scalar metric {name!r}: `runlog metrics {run}` lists those it has")
    if as_json or as_csv:
        _write_values(metrics, as_json=as_json)
    elif name is None:
        rows = [(one, str(len(got.values)), number_text(got.values[-1]), _bars(got)) for one, got in metrics.items()]
        print_table(("metric", "values", "last", "course"), rows, right=("values", "last"))
    else:
        _print_chart(name, metrics[name])


def _write_values(metrics: dict[str, Scalars], *, as_json: bool) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if not as_json:
        writer.writerow(("name", "step", "time", "value"))
    for name, got in metrics.items():
        for step, time, value in zip(got.steps, got.times, got.values, strict=True):
            if as_json:
                sys.stdout.write(json_line({"name": name, "step": step, "time": utc_text(time), "value": value}))
            else:
                writer.writerow((name, step, utc_text(time), value))


def _print_chart(name: str, got: Scalars) -> None:
    numbers = [float(value) for value in got.values if is_number(value)]
    if not numbers:
        print(f"{name}: {len(got.values)} values, none of them a number; the last is {got.values[-1]}")
        return
    print(f"{name}: {len(got.values)} values")
    print(f"  max {number_text(max(numbers))}")
    print(f"  {_bars(got)}")
    print(f"  min {number_text(min(numbers))}, last {number_text(got.values[-1])}")


def _bars(got: Scalars) -> str:
    """The course of a metric in one line: of each stretch its largest value, so that no peak is lost."""
    numbers = [float(value) for value in got.values if is_number(value) and abs(float(value)) != float("inf")]
    if not numbers:
        return ""
    size = -(-len(numbers) // WIDTH)
    peaks = [max(numbers[start : start + size]) for start in range(0, len(numbers), size)]
    low, high = min(numbers), max(numbers)
    span = (high - low) or 1.0
    return "".join(BARS[min(len(BARS) - 1, int((peak - low) / span * len(BARS)))] for peak in peaks)
