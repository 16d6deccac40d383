"""The folder that commands of the server work on: it need not be there yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runlog.cli.arguments import chosen_folder
from runlog.errors import ConfigurationError, MissingExtraError

if TYPE_CHECKING:
    from runlog.server.tokens import Tokens


def served_folder() -> Path:
    """The workspace's folder that the command line, ``RUNLOG_URI`` or the current folder names; it may be missing.

    Raises:
        ConfigurationError: a server is named.
    """
    from runlog.workspace_search import found_at, search

    given = click.get_current_context().find_root().meta.get("runlog.workspace")
    found = search() if given is None else found_at(given)
    if found.server:
        raise ConfigurationError(
            f"{found.server} is no folder: call this on the machine that keeps the runs, or name a folder with "
            "--workspace"
        )
    return found.folder


@contextmanager
def needing_server() -> Iterator[None]:
    """Say which extra is missing where the block can't import what it needs.

    Raises:
        MissingExtraError: a package of the extra is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.partition(".")[0] == "runlog":
            raise
        raise MissingExtraError(f"the server needs {error.name}; run: pip install 'runlog-ml[server]'") from error


@contextmanager
def opened_tokens(folder: Path) -> Iterator[Tokens]:
    """The tokens of a workspace, which is made where there is none."""
    from runlog.store.folder import FolderBackend

    FolderBackend(folder).prepare()
    with _opened(folder) as tokens:
        yield tokens


@contextmanager
def existing_tokens() -> Iterator[Tokens | None]:
    """The tokens of the workspace that is named; None where no server ever had any. Nothing is made.

    Raises:
        WorkspaceNotFoundError: there is no workspace.
        ConfigurationError: it is no folder.
    """
    from runlog.server.database import FILE

    served_folder()
    folder = chosen_folder().folder
    if not (folder / FILE).exists():
        yield None
        return
    with _opened(folder) as tokens:
        yield tokens


@contextmanager
def _opened(folder: Path) -> Iterator[Tokens]:
    from runlog.server.database import Database
    from runlog.server.tokens import Tokens

    database = Database(folder)
    try:
        yield Tokens(database)
    finally:
        database.close()
