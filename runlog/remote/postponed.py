"""Models that were registered while the server was away: kept in the outbox until it gives them their versions."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from runlog.catalogue.models import ModelRecord, add_version, read_versions
from runlog.journal import clock
from runlog.store.folder_lock import locked
from runlog.whole_files import write_whole

if TYPE_CHECKING:
    from runlog.backend import Backend

FOLDER = "sending/models"


def postpone(outbox: Path, record: ModelRecord) -> ModelRecord:
    """Keep a model for later; it is of version 0 until then.

    Raises:
        OSError: it can't be kept.
    """
    kept = msgspec.structs.replace(record, version=0, created=clock.now())
    folder = outbox / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / f"{kept.created}-{os.urandom(4).hex()}.json", msgspec.json.encode(kept) + b"\n")
    return kept


def postponed(outbox: Path) -> list[Path]:
    """The models that wait, in the order they were registered."""
    return sorted((outbox / FOLDER).glob("*.json"))


def register_postponed(backend: Backend, outbox: Path, told: Callable[[ModelRecord], None]) -> None:
    """Register the models that wait, each once.

    Args:
        backend: of the server.
        outbox: the folder that they wait in.
        told: takes each with the version that it was given.

    Raises:
        ServerError: the server can't be asked.
        OSError: something here can't be read or removed.
    """
    if not postponed(outbox):
        return
    with locked(outbox / FOLDER) as is_free:  # else another process is at it
        for path in postponed(outbox) if is_free else ():
            record = msgspec.json.decode(path.read_bytes(), type=ModelRecord)
            told(_made_before(backend, record) or _register(backend, record))
            path.unlink()


def _made_before(backend: Backend, record: ModelRecord) -> ModelRecord | None:
    """The version, where a process registered it and died before it could say so."""
    mark = record.run_id, record.path, record.created
    return next(
        (one for one in read_versions(backend, record.name) if (one.run_id, one.path, one.created) == mark), None
    )


def _register(backend: Backend, record: ModelRecord) -> ModelRecord:
    for file in record.files:
        name = f"{record.path}/{file.name}" if file.name else record.path
        backend.pin_file(record.run_id, name, file.sha256)
    return add_version(backend, record)
