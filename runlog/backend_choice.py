"""Which backend keeps the runs of a location: the one place that chooses."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from runlog.backend import Backend, Blob
from runlog.errors import ConfigurationError
from runlog.server_address import is_server
from runlog.store.folder import FolderBackend
from runlog.whole_files import sha256_of_stream
from runlog.workspace_search import folder_of, is_enabled

if TYPE_CHECKING:
    from runlog.store.contract import RecordStore


def open_backend(
    location: str | os.PathLike[str], name: str = "", *, shared: bool = False, enabled: bool | None = None
) -> Backend:
    """The backend that keeps runs at a location.

    Args:
        location: a folder, a ``file:`` URI, or the address of a server.
        name: of a workspace that has none yet.
        shared: whether one that is made is its folder's group's.
        enabled: whether anything is written; by default what ``RUNLOG_MODE`` says.

    Raises:
        ConfigurationError: the location is none of them, or ``RUNLOG_MODE`` is no mode.
    """
    backend = _backend_at(location, name, shared=shared)
    if enabled or (enabled is None and is_enabled()):
        return backend
    from runlog.store.disabled import DisabledBackend

    return DisabledBackend(backend)


def _backend_at(location: str | os.PathLike[str], name: str, *, shared: bool) -> Backend:
    if is_server(os.fspath(location)):
        from runlog.remote.backend import RemoteBackend

        return RemoteBackend(os.fspath(location), name)
    return FolderBackend(folder_of(location), name, shared=shared)


def keep_content(backend: Backend, path: Path) -> Blob:
    """Keep a local file's content under its hash, where a backend has what belongs to no run.

    Args:
        backend: keeps it.
        path: of a file that nobody writes to meanwhile.

    Raises:
        OSError: the file can't be read, or its content not be kept.
        JournalError: the file changed meanwhile.
    """
    with path.open("rb") as source:
        sha256 = sha256_of_stream(source)
    kept = Blob(sha256, path.stat().st_size)
    if isinstance(backend, FolderBackend):
        with path.open("rb") as source:
            backend.keep_content(source, sha256)
    elif is_server(backend.location) and backend.keeps:
        from runlog.remote.backend import RemoteBackend
        from runlog.remote.contents import Content

        assert isinstance(backend, RemoteBackend)
        if backend.api.missing_blobs([sha256]):
            with path.open("rb") as source:
                backend.api.put_blob(sha256, Content(source, lambda: None))
    return kept


def open_store(backend: Backend) -> RecordStore:
    """What finds the records that a backend keeps.

    Raises:
        ConfigurationError: nothing is kept there that could be searched.
    """
    if isinstance(backend, FolderBackend):
        return backend.store()
    if is_server(backend.location) and is_enabled():
        from runlog.remote.backend import RemoteBackend
        from runlog.remote.search import RemoteSearch

        assert isinstance(backend, RemoteBackend)
        return RemoteSearch(backend.api, backend)
    raise ConfigurationError(f"what is in {backend.location} can't be searched: unset RUNLOG_MODE")
