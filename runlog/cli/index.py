"""``runlog index``: the index of runs."""

from __future__ import annotations

import time

import click

from runlog.cli.arguments import chosen_folder, workspace_option


@click.group("index")
def command() -> None:
    """Look after the index that finds runs; it is made from the journals."""


@command.command("rebuild")
@workspace_option
def rebuild() -> None:
    """Make the index anew. Nothing that runs logged is touched."""
    backend = chosen_folder()
    began = time.perf_counter()
    backend.store().rebuild()
    print(f"indexed {len(backend.run_ids())} runs in {time.perf_counter() - began:.1f} s")
