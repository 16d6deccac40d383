"""``runlog workspace``: make a workspace."""

from __future__ import annotations

from pathlib import Path

import click


@click.group("workspace")
def command() -> None:
    """Make a workspace ahead of its first run."""


@command.command("create")
@click.argument("name", metavar="[NAME]", required=False)
@click.option(
    "--folder",
    "-f",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="The project's folder, in which .runlog is made; by default the current one.",
)
@click.option("--shared", is_flag=True, help="Let the folder's group write to it, whatever anybody's umask is.")
@click.option("--exist-ok", is_flag=True, help="Leave one that is there already as it is.")
def create(name: str | None, folder: Path, *, shared: bool, exist_ok: bool) -> None:
    """Make a workspace called NAME (by default as its folder) and print where it is."""
    from runlog.workspace import Workspace

    place = folder.absolute()
    called = name or place.resolve().name or "workspace"
    print(Workspace.create(called, location=place, exist_ok=exist_ok, shared=shared).location)
