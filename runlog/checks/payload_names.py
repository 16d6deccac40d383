"""The names in the payloads of events, checked where their bytes are read: from there on they are parts of paths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runlog.checks.names import format_name, inner_path, run_id, sha256, size


def check(payload: Any) -> None:
    """Look at the names in a payload, or in a pointer to content.

    Raises:
        WrongValueError: one leads elsewhere, or can't be what it stands for.
    """
    _CHECKS[type(payload).__name__](payload)


def _pointer(pointer: Any) -> None:
    sha256(pointer.sha256)
    size(pointer.size)


def _file(kept: Any) -> None:
    inner_path(kept.name)
    _pointer(kept)


def _image(image: Any) -> None:
    format_name(image.format)
    for one in (image, *image.masks, *([] if image.boxes is None else [image.boxes])):
        _pointer(one)


def _media(media: Any) -> None:
    format_name(media.format)
    for one in (media, *media.forms):
        _pointer(one)
    for form in media.forms:
        format_name(form.name)


def _opened(opened: Any) -> None:
    run_id(opened.run_id)
    if opened.parent is not None:
        run_id(opened.parent)


def _children(made: Any) -> None:
    for one in made.run_ids:
        run_id(one)


_CHECKS: dict[str, Callable[[Any], None]] = {
    "BlobPointer": _pointer,
    "ChildrenMade": _children,
    "FileKept": _file,
    "ImageLogged": _image,
    "MediaLogged": _media,
    "RunOpened": _opened,
}
"""By name: a program that has modules loaded again hands on payloads of both generations."""
