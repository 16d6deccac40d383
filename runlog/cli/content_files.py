"""Pictures, figures, sounds, pages, texts and documents of a run, written as files: ``runlog metrics --download``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from runlog.cli.json_text import json_text
from runlog.reading.documents import Document
from runlog.reading.references import ContentRef, FileRef, MediaRef
from runlog.whole_files import sha256_of

_NOT_IN_NAMES = re.compile(r"[^\w.\- ]")
_FORMAT = re.compile(r"[a-z0-9]{1,10}")
_LONGEST = 100
"""Characters of a part of a file's name: with number and step it fits every file system."""


def has_files(values: Any) -> bool:
    """Whether a metric's values are written as files."""
    return bool(values) and not isinstance(values, Mapping)


def save(metrics: Mapping[str, Sequence[Any]], folder: Path) -> Iterator[Path]:
    """Write the contents of metrics; gives each file once it is written.

    ``val/samples`` is written as ``val/samples-0000.png``, with the step where there is one. The names that a run has
    may come from anywhere: of these, letters, digits, blanks and ``._-`` are kept, and none leads out of the folder.

    Args:
        metrics: contents or documents by name, in the order they were logged.
        folder: made where it is missing; files of the same names are replaced.

    Raises:
        RunFileNotFoundError: a content is not there any more.
        OSError: a file can't be written.
    """
    taken: set[Path] = set()
    for name, values in metrics.items():
        stem = _stem(name)
        if stem in taken:  # of another name, which differs in other characters only
            stem = stem.with_name(f"{stem.name}-{sha256_of(name.encode())[:8]}")
        taken.add(stem)
        for number, one in enumerate(values):
            step = "" if one.step is None else f"-step{one.step}"
            base = folder / stem.with_name(f"{stem.name}-{number:04d}{step}")
            base.parent.mkdir(parents=True, exist_ok=True)
            for ending, data in _contents(one):
                target = base.with_name(base.name + ending)
                target.write_bytes(data)
                yield target


def _stem(name: str) -> Path:
    parts = [_part(part) for part in name.split("/")]
    return Path(*(part for part in parts if part)) if any(parts) else Path("_")


def _part(text: str) -> str:
    """A part of a metric's name as a part of a file's: never ``..``, and never hidden."""
    return _NOT_IN_NAMES.sub("_", text).strip(" .")[:_LONGEST].rstrip(" .")


def _contents(one: Any) -> Iterator[tuple[str, bytes]]:
    """The endings and bytes of all that belongs to a content."""
    if isinstance(one, Document):
        yield ".json", json_text(one).encode()
        return
    yield _ending(one), one.read_bytes()
    if isinstance(one, FileRef):
        for name, mask in one.masks.items():
            yield f"-mask-{_part(name) or '_'}.png", mask.read_bytes()
        if boxes := one.boxes:
            yield "-boxes.json", json_text(boxes).encode()
    if isinstance(one, MediaRef):
        if {"html", "js"} <= one.forms.keys():
            yield ".html", one.read_page().encode()
        else:
            for form in one.forms.values():
                yield _ending(form), form.read_bytes()


def _ending(one: ContentRef) -> str:
    return f".{one.format}" if _FORMAT.fullmatch(one.format) else ".bin"
