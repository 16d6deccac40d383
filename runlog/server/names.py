"""The one place where ids and names of a request are checked before they become part of a file's path.

What is not in its one right form is refused, never mended: the caller knows the name that it has, and two spellings of
one name are a way around a check.
"""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator

from runlog.errors import WrongValueError
from runlog.file_paths import RULE, is_part, is_path
from runlog.journal.files import is_writer_id, parse_segment_name, parse_whole_name
from runlog.names import check_run_id

_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMPACT = re.compile(r"[0-9a-z]{12}-(points|events)-\d{6}\.compact")
_RESERVED = ".complete"
"""The one name with a dot before it that an entry may have: it tells that a catalogue is whole."""


def run_id(text: str) -> str:
    """A run's or process's id.

    Raises:
        WrongValueError: it can't be one.
    """
    return check_run_id(text)


def writer_id(text: str) -> str:
    """A writer's id.

    Raises:
        WrongValueError: it can't be one.
    """
    if not is_writer_id(text):
        raise WrongValueError(f"{text[:40]!r} is no writer's id: 12 lower-case letters and digits")
    return text


def sha256(text: str) -> str:
    """The hash of a blob.

    Raises:
        WrongValueError: it can't be one.
    """
    if not _SHA256.fullmatch(text):
        raise WrongValueError(f"{text[:80]!r} is no SHA-256: 64 hexadecimal digits in lower case")
    return text


def journal_file(text: str) -> str:
    """The name of a file that has records.

    Raises:
        WrongValueError: it can't be one.
    """
    whole = parse_whole_name(text)
    is_pack = whole is not None and whole[1] == "pack"
    if not is_pack and parse_segment_name(text) is None and not _COMPACT.fullmatch(text):
        raise WrongValueError(f"{text[:80]!r} is no file of a journal: take the names that the run's listing has")
    return text


def file_path(text: str) -> str:
    """The path of a file inside a run.

    Raises:
        WrongValueError: it leads elsewhere, or can't be one.
    """
    if not is_path(text):
        raise WrongValueError(f"{text[:80]!r} can't be a file's path: {RULE}")
    return text


def entry_name(text: str) -> str:
    """The name of a small record: of an experiment, of a model's version, or of what is asked of a run.

    Raises:
        WrongValueError: it leads elsewhere, or can't be one.
    """
    folder, _, last = text.rpartition("/")
    is_hidden = last.startswith(".") and last != _RESERVED
    if not is_part(last) or is_hidden or not _holds_entries(folder.split("/")):
        raise WrongValueError(
            f"{text[:80]!r} names no record: they are experiments/NAME, models/NAME/NAME and runs/ID/requests/NAME"
        )
    return text


def entry_folder(text: str) -> str:
    """The name of a folder of small records.

    Raises:
        WrongValueError: it leads elsewhere, or can't be one.
    """
    if text != "models" and not _holds_entries(text.split("/")):
        raise WrongValueError(
            f"{text[:80]!r} is no folder of records: experiments, models, models/NAME and runs/ID/requests are"
        )
    return text


def _holds_entries(parts: list[str]) -> bool:
    if parts == ["experiments"]:
        return True
    if len(parts) == 2 and parts[0] == "models":
        return is_part(parts[1]) and not parts[1].startswith(".")
    if len(parts) == 3 and parts[0] == "runs" and parts[2] == "requests":
        run_id(parts[1])
        return True
    return False


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
