"""``runlog config``: configurations of logging, checked before a program uses them."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from runlog.cli.tables import print_table


@click.group("config")
def command() -> None:
    """Check a configuration of logging, or print its schema."""


@command.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
def check(file: str) -> None:
    """Read FILE as runlog.config.load does, and say what is wrong with it, or what it sets up.

    Nothing is configured, and no file of a handler is made. Exits with 1 where something is wrong.
    """
    from runlog.config import read

    config = read(file)
    handlers: dict[str, Any] = config.get("handlers") or {}
    print_table(
        ("handler", "class", "level"),
        [(name, str(one.get("class") or one.get("()")), str(one.get("level", "-"))) for name, one in handlers.items()],
    )
    print()
    loggers: dict[str, Any] = {**(config.get("loggers") or {}), "root": config.get("root") or {}}
    rows = [(name, str(one.get("level", "-")), _names(one.get("handlers"))) for name, one in loggers.items()]
    print_table(("logger", "level", "handlers"), rows)


def _names(handlers: list[str] | str | None) -> str:
    """The names of handlers, or the reference to them."""
    return handlers if isinstance(handlers, str) else ", ".join(handlers or []) or "-"


@command.command("schema")
def schema() -> None:
    """Print the JSON Schema of such files, for editors.

    A file names it in its first line: # yaml-language-server: $schema=logging.schema.json
    """
    from runlog.config import json_schema

    sys.stdout.write(json.dumps(json_schema(), indent=2) + "\n")
