"""The record of an experiment: when it began, whether it is archived, and its tags.

Its name is what makes an experiment; without a record it has these by default. A record is made with the first run, so
that a list of experiments reads no runs. For a workspace whose records are missing they are made from the runs, once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import msgspec

from runlog import own_log
from runlog.backend import Backend
from runlog.catalogue.entries import change_entry, faults, file_name, make_entry, read_entry, readable
from runlog.errors import ConfigurationError
from runlog.journal import clock
from runlog.names import check_experiment_name
from runlog.records import UNREADABLE, Int64

FOLDER = "experiments"
COMPLETE = f"{FOLDER}/.complete"
"""An entry that says that every experiment with a run has its record."""
_FIELDS = tuple[Int64 | None, Int64 | None, dict[str, str | None] | None]
"""Types of when it was made and archived, and of its tags."""
_SPACE = "5b3c7a0e-94c1-5d0f-8d53-6f0f7a3f2c11"
_logger = logging.getLogger("runlog")


def experiment_id(name: str) -> str:
    """An experiment's id, which follows from its name, so that it is the same wherever its runs are copied to."""
    from uuid import UUID, uuid5

    return str(uuid5(UUID(_SPACE), name))


def read_experiment(backend: Backend, name: str) -> dict[str, Any]:
    """What is recorded of an experiment; empty where nothing is.

    Raises:
        ConfigurationError: it can't be read.
    """
    return _read(backend, _entry(name)) or {}


def change_experiment(backend: Backend, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Change an experiment's record, or make it.

    Raises:
        OSError: it can't be written.
    """

    def change_one(record: dict[str, Any]) -> None:
        record.setdefault("name", name)
        record.setdefault("created", clock.now())
        change(record)

    backend.prepare()
    change_entry(backend, _entry(name), change_one)


def note_experiment(backend: Backend, name: str) -> None:
    """A run of the experiment begins: it has a record from now on, and is not archived any more."""
    try:
        record = read_experiment(backend, name)
        if not record or record.get("archived") is not None:
            change_experiment(backend, name, lambda one: one.pop("archived", None))
    except OSError:  # a full disk, of which the run itself will tell; it is made up for with the next run
        _logger.debug("the record of the experiment %s can't be written", name, exc_info=True)


def delete_experiment(backend: Backend, name: str) -> None:
    """Remove an experiment's record."""
    backend.delete_entry(_entry(name))


def read_experiments(backend: Backend) -> list[dict[str, Any]]:
    """The records of all experiments, by name."""
    if backend.read_entry(COMPLETE) is None and backend.is_there():
        _make_records(backend, (state.experiment for state in backend.states(backend.run_ids())))
    records = readable(partial(_read, backend), backend.entry_names(FOLDER))
    return sorted(records, key=lambda record: str(record["name"]))


def _read(backend: Backend, entry: str) -> dict[str, Any] | None:
    """The record that an entry has; None where it has none.

    Raises:
        ConfigurationError: it can't be read, or is that of another experiment.
    """
    record = read_entry(backend, entry)
    if not record or "name" not in record:
        return None
    try:
        is_own = _entry(check_experiment_name(record["name"])) == entry
        fields = msgspec.convert([record.get(name) for name in ("created", "archived", "tags")], _FIELDS)
    except UNREADABLE as error:
        raise ConfigurationError(f"{entry} in {backend.location} is no record of an experiment: {error}") from error
    if not is_own:
        raise ConfigurationError(f"{entry} in {backend.location} is the record of another one, {record['name']!r}")
    return record | {"tags": fields[2] or {}}


def unreadable_experiments(backend: Backend) -> list[str]:
    """What is wrong with the records that can't be read, in words."""
    return list(faults(partial(_read, backend), backend.entry_names(FOLDER)))


def _make_records(backend: Backend, names: Iterable[str]) -> None:
    backend.prepare()
    for name in {name for name in names if name}:
        try:
            change_experiment(backend, name, bool)
        except ConfigurationError as error:
            own_log.tell("an experiment is left out: %s", error)
    make_entry(backend, COMPLETE, {})


def _entry(name: str) -> str:
    return f"{FOLDER}/{file_name(name)}.json"
