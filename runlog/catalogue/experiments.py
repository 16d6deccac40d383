"""The record of an experiment: when it began, whether it is archived, and its tags.

Its name is what makes an experiment; without a record it has these by default. A record is made with the first run, so
that a list of experiments reads no runs. For a workspace whose records are missing they are made from the runs, once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from runlog.backend import Backend
from runlog.catalogue.entries import change_entry, file_name, make_entry, read_entry
from runlog.journal import clock

FOLDER = "experiments"
COMPLETE = f"{FOLDER}/.complete"
"""An entry that says that every experiment with a run has its record."""
_SPACE = "5b3c7a0e-94c1-5d0f-8d53-6f0f7a3f2c11"
_logger = logging.getLogger("runlog")


def experiment_id(name: str) -> str:
    """An experiment's id, which follows from its name, so that it is the same wherever its runs are copied to."""
    from uuid import UUID, uuid5

    return str(uuid5(UUID(_SPACE), name))


def read_experiment(backend: Backend, name: str) -> dict[str, Any]:
    """What is recorded of an experiment; empty where nothing is."""
    return read_entry(backend, _entry(name)) or {}


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
    if read_entry(backend, COMPLETE) is None and backend.is_there():
        _make_records(backend, (backend.state(run_id).experiment for run_id in backend.run_ids()))
    records = (read_entry(backend, entry) for entry in backend.entry_names(FOLDER))
    return sorted((one for one in records if one and "name" in one), key=lambda record: str(record["name"]))


def _make_records(backend: Backend, names: Iterable[str]) -> None:
    backend.prepare()
    for name in {name for name in names if name}:
        change_experiment(backend, name, bool)
    make_entry(backend, COMPLETE, {})


def _entry(name: str) -> str:
    return f"{FOLDER}/{file_name(name)}.json"
