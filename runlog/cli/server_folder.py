"""The folder that commands of the server work on: it need not be there yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runlog.errors import MissingExtraError

if TYPE_CHECKING:
    from runlog.server.tokens import Tokens


def served_folder() -> Path:
    """The workspace's folder that the command line, ``RUNLOG_URI`` or the current folder names."""
    from runlog.workspace_search import folder_of, search

    given = click.get_current_context().find_root().meta.get("runlog.workspace")
    return search().folder if given is None else folder_of(given)


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
    from runlog.server.database import Database
    from runlog.server.tokens import Tokens
    from runlog.store.folder import FolderBackend

    FolderBackend(folder).prepare()
    database = Database(folder)
    try:
        yield Tokens(database)
    finally:
        database.close()
