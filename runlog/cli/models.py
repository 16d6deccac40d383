"""``runlog models``: named, numbered files of runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runlog.cli.arguments import chosen_workspace, workspace_option
from runlog.cli.json_text import json_line
from runlog.cli.tables import print_table
from runlog.control_characters import in_one_line
from runlog.reading.texts import local_time, size_text, utc_text

if TYPE_CHECKING:
    from runlog.models import Model

COLUMNS = ("model", "version", "run", "registered", "size", "tags")


@click.command("models")
@click.argument("name", metavar="[NAME[:VERSION]]", required=False)
@click.option("--download", "-d", type=click.Path(file_okay=False, path_type=Path), help="Copy it into this folder.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@workspace_option
def command(name: str | None, download: Path | None, as_json: bool) -> None:
    """List the newest version of each model, or all versions of NAME, or one; or copy its files into a folder."""
    from runlog.models import Model

    workspace = chosen_workspace()
    if download is not None:
        if name is None:
            raise click.UsageError("--download goes with a model's name")
        print(in_one_line(str(Model(workspace, name).download(download, exist_ok=True))))
        return
    if name is None:
        found = Model.list(workspace, latest=True)
    elif ":" in name:
        found = [Model(workspace, name)]
    else:
        found = Model.list(workspace, Model(workspace, name).name)
    if as_json:
        sys.stdout.writelines(json_line(model_fields(model)) for model in found)
        return
    print_table(COLUMNS, map(_cells, found), right=("version", "size"))


def _cells(model: Model) -> tuple[str, ...]:
    tags = ", ".join(key if value is None else f"{key}={value}" for key, value in model.tags.items())
    size = sum(file.size for file in model.files)
    return model.name, str(model.version), model.run_id, local_time(model._record.created), size_text(size), tags


def model_fields(model: Model) -> dict[str, Any]:
    """A version as JSON has it."""
    return {
        "name": model.name,
        "version": model.version,
        "run": model.run_id,
        "created": utc_text(model._record.created),
        "path": model._record.path,
        "description": model.description,
        "framework": model.model_framework,
        "framework_version": model.model_framework_version,
        "tags": model.tags,
        "properties": model.properties,
        "files": [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in model.files],
    }
