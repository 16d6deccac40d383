"""What stands beside the runs of a workspace: records of experiments and models, and the indexes made from journals."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from runlog.catalogue.experiments import unreadable_experiments
from runlog.catalogue.models import unreadable_models
from runlog.diagnosis.findings import Finding
from runlog.store.folder import FolderBackend

INDEXES = ("index.sqlite", "search.sqlite")
PATIENCE = 1.0
"""Seconds that another process's transaction is waited for."""


def record_findings(folder: Path) -> Iterator[Finding]:
    """Look for records of experiments and models that can't be read."""
    backend = FolderBackend(folder)
    found = [*unreadable_experiments(backend), *unreadable_models(backend)]
    if found:
        more = f"; and {len(found) - 1} more" if len(found) > 1 else ""
        yield Finding("records", f"{found[0]}{more}", "mend or remove what is named; the others are read")


def index_findings(folder: Path) -> Iterator[Finding]:
    """See whether the indexes that there are can be kept up to date."""
    for name in INDEXES:
        if (folder / name).exists() and (fault := _fault_of(folder / name)):
            text = f"{name} can't be written to: {fault}. Answers come from the file as it stands, or are read anew"
            yield Finding(
                "index", text, "end what holds it, or see to its rights; `runlog index rebuild` makes it anew"
            )


def _fault_of(path: Path) -> str:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=PATIENCE)) as db:
            db.isolation_level = None
            db.execute("BEGIN IMMEDIATE")
            db.execute("ROLLBACK")
    except sqlite3.Error as error:
        return str(error)
    return ""
