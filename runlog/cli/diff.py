"""``runlog diff``: what runs do not have alike."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from runlog.cli.arguments import RunCommand, chosen_run, chosen_workspace, workspace_option
from runlog.cli.json_text import json_line
from runlog.cli.tables import print_table
from runlog.control_characters import in_one_line
from runlog.reading.comparison import compare
from runlog.reading.texts import number_text

if TYPE_CHECKING:
    from runlog.run import Run


@click.command("diff", cls=RunCommand)
@click.argument("given", metavar="RUN RUN...", nargs=-1, required=True)
@click.option("--extremes", is_flag=True, help="Of metrics, also the smallest and the largest values.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: one for each difference.")
@workspace_option
def command(given: tuple[str, ...], extremes: bool, as_json: bool) -> None:
    """Show what differs between runs: parameters, tags, last values of metrics, what they ran on, packages."""
    if len(given) < 2:
        raise click.UsageError("name two runs or more, such as -1 and -2")
    workspace = chosen_workspace()
    runs = [workspace.get_run(chosen_run(workspace, one)) for one in given]
    differences = list(compare(runs, extremes=extremes))
    if as_json:
        for one in differences:
            sys.stdout.write(json_line({"type": one.group, "name": one.name, **_values(one.values)}))
        return
    headings = _headings(runs)
    if not differences:
        alike = f"{', '.join(headings[:-1])} and {headings[-1]}"
        print(f"{in_one_line(alike)} have the same parameters, tags, last values, surroundings and packages")
        return
    rows = [(one.group, one.name, *map(_text, one.values)) for one in differences]
    print_table(("", "name", *headings), rows)


def _headings(runs: Sequence[Run]) -> list[str]:
    """The runs' names; their ids where some have one name; their numbers where they are one run."""
    for headings in ([run.display_name for run in runs], [run.id for run in runs]):
        if len(set(headings)) == len(headings):
            return headings
    return ["left", "right"] if len(runs) == 2 else [str(number) for number in range(1, len(runs) + 1)]


def _values(values: list[Any]) -> dict[str, Any]:
    """The values of two runs as left and right, of more as a list in the order of the runs."""
    return {"left": values[0], "right": values[1]} if len(values) == 2 else {"values": values}


def _text(value: Any) -> str:
    return shlex.join(map(str, value)) if isinstance(value, list) else number_text(value)
