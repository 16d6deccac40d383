"""What the parameters of a request may be, as FastAPI needs it; what is checked is in :mod:`runlog.checks.names`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator

from runlog.checks.names import entry_folder, entry_name, file_path, journal_file, run_id, sha256, writer_id

__all__ = [
    "EntryName",
    "FilePath",
    "JournalFile",
    "Path",
    "RunId",
    "Sha256",
    "WriterId",
    "entry_folder",
    "entry_name",
    "file_path",
    "journal_file",
    "run_id",
    "sha256",
    "writer_id",
]

RunId = Annotated[
    str,
    Path(
        description="The id of a run, or of a process.",
        examples=["0fhkq3p2tn8c"],
        json_schema_extra={"pattern": "^[a-zA-Z0-9][a-zA-Z0-9_-]{0,127}$"},
    ),
    AfterValidator(run_id),
]
WriterId = Annotated[
    str, Path(description="A writer's id.", json_schema_extra={"pattern": "^[0-9a-z]{12}$"}), AfterValidator(writer_id)
]
Sha256 = Annotated[
    str,
    Path(description="The SHA-256 of the content.", json_schema_extra={"pattern": "^[0-9a-f]{64}$"}),
    AfterValidator(sha256),
]
JournalFile = Annotated[str, Path(description="A file of the run's listing."), AfterValidator(journal_file)]
FilePath = Annotated[str, Path(description="A path inside the run."), AfterValidator(file_path)]
EntryName = Annotated[str, Path(description="The name of a small record."), AfterValidator(entry_name)]
