"""``runlog diff``: what two runs do not have alike."""

from __future__ import annotations

import shlex
import sys
from typing import Any

import click

from runlog.cli.arguments import RunCommand, chosen_run, chosen_workspace, workspace_option
from runlog.cli.json_text import json_line
from runlog.cli.tables import print_table
from runlog.control_characters import in_one_line
from runlog.reading.comparison import compare
from runlog.reading.texts import number_text


@click.command("diff", cls=RunCommand)
@click.argument("left", metavar="RUN")
@click.argument("right", metavar="RUN")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: one for each difference.")
@workspace_option
def command(left: str, right: str, as_json: bool) -> None:
    """Show what differs between two runs: parameters, last values of metrics, what they ran on, packages."""
    workspace = chosen_workspace()
    runs = [workspace.get_run(chosen_run(workspace, one)) for one in (left, right)]
    differences = list(compare(*runs))
    if as_json:
        for one in differences:
            sys.stdout.write(json_line({"type": one.group, "name": one.name, "left": one.left, "right": one.right}))
        return
    names = [run.display_name for run in runs]
    headings = names if names[0] != names[1] else [run.id for run in runs]
    if not differences:
        both = " and ".join(map(in_one_line, headings))
        print(f"{both} have the same parameters, last values, surroundings and packages")
        return
    if headings[0] == headings[1]:
        headings = ["left", "right"]
    rows = [(one.group, one.name, _text(one.left), _text(one.right)) for one in differences]
    print_table(("", "name", *headings), rows)


def _text(value: Any) -> str:
    return shlex.join(map(str, value)) if isinstance(value, list) else number_text(value)
