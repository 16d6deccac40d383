"""Versions of models: each a record that names the run it came from and its files, by their content.

An entry is made once and its number is given with it, so that two processes that register at once get two numbers. Of a
deleted version an empty entry stays: a number is never given again.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec

from runlog.backend import Backend
from runlog.catalogue.entries import change_entry, faults, file_name, make_entry, read_entry, readable
from runlog.errors import ConfigurationError
from runlog.journal import clock
from runlog.records import UNREADABLE, Int64

FOLDER = "models"
LONGEST = 19
"""Digits of a version, at most: it is a 64-bit number."""


class ModelFile(msgspec.Struct, frozen=True):
    """A file of a model: its path within the model, its size in bytes and its content's hash."""

    name: str
    size: Int64
    sha256: str


class ModelRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a version (0: it has none yet). ``path`` is the file or folder of the run that it came from."""

    name: str
    version: Int64 = 0
    created: Int64 = 0
    run_id: str = ""
    experiment: str = ""
    path: str = ""
    files: list[ModelFile] = []
    description: str = ""
    framework: str | None = None
    framework_version: str | None = None
    tags: dict[str, str | None] = {}
    properties: dict[str, str | None] = {}
    deleted: Int64 | None = None


def add_version(backend: Backend, record: ModelRecord) -> ModelRecord:
    """Keep a version under the next number.

    Raises:
        OSError: it can't be written.
    """
    backend.prepare()
    number = max(_versions(backend, record.name), default=0) + 1
    while True:
        numbered = msgspec.structs.replace(record, version=number, created=record.created or clock.now())
        if make_entry(backend, _entry(record.name, number), msgspec.to_builtins(numbered)):
            return numbered
        number += 1


def read_version(backend: Backend, name: str, version: int) -> ModelRecord | None:
    """A version; None where there is none, or it was deleted.

    Raises:
        ConfigurationError: its entry can't be read.
    """
    return _read(backend, _entry(name, version))


def read_versions(backend: Backend, name: str) -> list[ModelRecord]:
    """The versions of a model, oldest first."""
    return list(readable(partial(_read, backend), [_entry(name, version) for version in _versions(backend, name)]))


def read_models(backend: Backend) -> list[ModelRecord]:
    """All versions of all models, by name, each oldest first."""
    records: list[ModelRecord] = []
    for folder in backend.entry_folders(FOLDER):
        versions = _numbers(backend.entry_names(folder))
        records += readable(partial(_read, backend), [f"{folder}/{version}.json" for version in versions])
    return sorted(records, key=lambda record: (record.name, record.version))


def unreadable_models(backend: Backend) -> list[str]:
    """What is wrong with the records that can't be read, in words."""
    folders = backend.entry_folders(FOLDER)
    names = (f"{folder}/{one}.json" for folder in folders for one in _numbers(backend.entry_names(folder)))
    return list(faults(partial(_read, backend), names))


def _read(backend: Backend, entry: str) -> ModelRecord | None:
    """The version that an entry has; None where there is none, or it was deleted.

    Raises:
        ConfigurationError: it can't be read, or is that of another model.
    """
    content = read_entry(backend, entry)
    if content is None:
        return None
    try:
        record = msgspec.convert(content, ModelRecord)
        _check_names(record)
    except UNREADABLE as error:
        raise ConfigurationError(f"{entry} in {backend.location} is no record of a model: {error}") from error
    if _entry(record.name, record.version) != entry:
        raise ConfigurationError(
            f"{entry} in {backend.location} says that it is version {record.version} of {record.name[:80]!r}: only "
            "what stands in its own place is read"
        )
    return record if record.deleted is None else None


def _check_names(record: ModelRecord) -> None:
    """Who downloads a model writes where its record says, so it must lead nowhere else.

    Raises:
        WrongValueError: it does.
    """
    from runlog.checks import names

    if record.run_id:
        names.run_id(record.run_id)
    for path in (record.path, *(file.name for file in record.files)):
        if path:
            names.inner_path(path)
    for file in record.files:
        names.sha256(file.sha256)
        names.size(file.size)


def change_tags(backend: Backend, name: str, version: int, new: dict[str, str | None], gone: set[str]) -> None:
    """Set and remove tags of a version.

    Raises:
        OSError: it can't be written.
    """

    def change(content: dict[str, Any]) -> None:
        content["tags"] = {key: value for key, value in {**content.get("tags", {}), **new}.items() if key not in gone}

    change_entry(backend, _entry(name, version), change)


def delete_version(backend: Backend, name: str, version: int) -> None:
    """Leave of a version its number only.

    Raises:
        OSError: it can't be written.
    """

    def empty(content: dict[str, Any]) -> None:
        content.clear()
        content.update(name=name, version=version, deleted=clock.now())

    change_entry(backend, _entry(name, version), empty)


def _versions(backend: Backend, name: str) -> list[int]:
    return _numbers(backend.entry_names(f"{FOLDER}/{file_name(name)}"))


def _numbers(entries: list[str]) -> list[int]:
    stems = (entry.rpartition("/")[2].removesuffix(".json") for entry in entries)
    return sorted(int(stem) for stem in stems if stem.isascii() and stem.isdecimal() and len(stem) < LONGEST)


def _entry(name: str, version: int) -> str:
    return f"{FOLDER}/{file_name(name)}/{version}.json"
