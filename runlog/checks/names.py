"""Ids and names of a request, an answer, an event, an entry or a listing, before they become parts of paths.

What is not in its one right form is refused, never mended: two spellings of one name are a way around a check.
"""

from __future__ import annotations

import string

from runlog.errors import WrongValueError
from runlog.file_paths import RULE, is_part, is_path, stays_inside
from runlog.journal.files import is_writer_id, parse_segment_name, parse_whole_name, writer_of
from runlog.names import check_run_id, is_run_id
from runlog.whole_files import is_sha256

__all__ = [
    "LARGEST",
    "entry_folder",
    "entry_name",
    "file_path",
    "format_name",
    "inner_path",
    "is_format",
    "is_run_id",
    "is_sha256",
    "journal_file",
    "run_id",
    "sha256",
    "size",
    "writer_id",
]

LARGEST = (1 << 63) - 1
"""Bytes of a file: what a column of the index, and file systems, can say."""
FORMAT_CHARACTERS = 10
_FORMAT_LETTERS = string.ascii_lowercase + string.digits
_RESERVED = ".complete"
"""The one name with a dot before it that an entry may have: it tells that a catalogue is whole."""


def run_id(text: object) -> str:
    """A run's or process's id.

    Raises:
        WrongTypeError: it is no text.
        WrongValueError: it can't be one.
    """
    return check_run_id(text)


def writer_id(text: object) -> str:
    """A writer's id.

    Raises:
        WrongValueError: it can't be one.
    """
    if not isinstance(text, str) or not is_writer_id(text):
        raise WrongValueError(f"{_shown(text)} is no writer's id: 12 lower-case letters and digits")
    return text


def sha256(text: object) -> str:
    """The hash of a content.

    Raises:
        WrongValueError: it can't be one.
    """
    if not isinstance(text, str) or not is_sha256(text):
        raise WrongValueError(f"{_shown(text)} is no SHA-256: 64 hexadecimal digits in lower case")
    return text


def size(number: object) -> int:
    """The size of a content in bytes.

    Raises:
        WrongValueError: it can't be one.
    """
    if type(number) is not int or not 0 <= number <= LARGEST:
        raise WrongValueError(f"{_shown(number)} is no size: a whole number of bytes from 0 to {LARGEST}")
    return number


def is_format(text: object) -> bool:
    """Whether something can name a format, which becomes the ending of a file's name."""
    return isinstance(text, str) and 0 < len(text) <= FORMAT_CHARACTERS and not text.strip(_FORMAT_LETTERS)


def format_name(text: object) -> str:
    """The name of a content's format.

    Raises:
        WrongValueError: it can't be one.
    """
    if not isinstance(text, str) or not is_format(text):
        raise WrongValueError(
            f"{_shown(text)} is no format of a content: 1 to {FORMAT_CHARACTERS} lower-case letters and digits"
        )
    return text


def journal_file(text: object, writer: str | None = None) -> str:
    """The name of a file that has records.

    Args:
        text: the name.
        writer: whose file it must be; None: anybody's.

    Raises:
        WrongValueError: it can't be one.
    """
    if not isinstance(text, str) or not _has_records(text) or writer not in {None, writer_of(text)}:
        whose = "" if writer is None else f" of writer {writer}"
        raise WrongValueError(
            f"{_shown(text)} is no file of a journal{whose}: take the names that the run's listing has"
        )
    return text


def _has_records(name: str) -> bool:
    whole = parse_whole_name(name)
    return parse_segment_name(name) is not None if whole is None else whole[1] == "pack"


def file_path(text: object) -> str:
    """The path of a file inside a run, or of another content that has several files.

    Raises:
        WrongValueError: it leads elsewhere, or can't be one.
    """
    if not isinstance(text, str) or not is_path(text):
        raise WrongValueError(f"{_shown(text)} can't be a file's path: {RULE}")
    return text


def inner_path(text: object) -> str:
    """The path of a file that is there already, of whatever version; it leads nowhere else.

    Raises:
        WrongValueError: it leads elsewhere.
    """
    if not isinstance(text, str) or not stays_inside(text):
        raise WrongValueError(f"{_shown(text)} can't be a file's path: it leads elsewhere, or has an empty part")
    return text


def entry_name(text: object) -> str:
    """The name of a small record: of an experiment, of a model's version, or of what is asked of a run.

    Raises:
        WrongValueError: it leads elsewhere, or can't be one.
    """
    folder, _, last = text.rpartition("/") if isinstance(text, str) else ("", "", "")
    is_hidden = last.startswith(".") and last != _RESERVED
    if not isinstance(text, str) or not is_part(last) or is_hidden or not _holds_entries(folder):
        raise WrongValueError(
            f"{_shown(text)} names no record: they are experiments/NAME, models/NAME/NAME and runs/ID/requests/NAME"
        )
    return text


def entry_folder(text: object) -> str:
    """The name of a folder of small records.

    Raises:
        WrongValueError: it leads elsewhere, or can't be one.
    """
    if not isinstance(text, str) or not (text == "models" or _holds_entries(text)):
        raise WrongValueError(
            f"{_shown(text)} is no folder of records: experiments, models, models/NAME and runs/ID/requests are"
        )
    return text


def _holds_entries(folder: str) -> bool:
    parts = folder.split("/")
    if parts == ["experiments"]:
        return True
    if len(parts) == 2 and parts[0] == "models":
        return is_part(parts[1]) and not parts[1].startswith(".")
    return len(parts) == 3 and parts[0] == "runs" and parts[2] == "requests" and is_run_id(parts[1])


def _shown(value: object) -> str:
    """A value as a message shows it, however large or deep it is."""
    if isinstance(value, str | bytes):
        return repr(value[:80])
    if value is None or isinstance(value, float) or (isinstance(value, int) and value.bit_length() < 128):
        return repr(value)
    return f"a value of the type {type(value).__name__}"
