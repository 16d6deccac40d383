"""``run.log_text`` and ``run.log_html``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from runlog.errors import WrongTypeError, WrongValueError
from runlog.introspection import describe
from runlog.media.content import Make, MediaContent


def load_text(text: Any) -> Make:
    """Look at a text of any length. Lone surrogates, which have no UTF-8, become their escapes.

    Raises:
        WrongTypeError: it is no text.
    """
    if not isinstance(text, str):
        raise WrongTypeError(f"run.log_text takes a text, not {describe(text)}; use str(...), or run.log for a number")
    return lambda: MediaContent("txt", encoded(text), {"characters": len(text)})


def load_html(html: Any) -> Make:
    """Look at a page.

    Args:
        html: markup; a ``Path``, or the text of one, to a file; or an object that shows itself as markup in
            notebooks (``_repr_html_``).

    Raises:
        WrongTypeError: it is none of these.
        WrongValueError: the file can't be read.
    """
    if isinstance(html, str) and "<" in html:
        return lambda: MediaContent("html", encoded(html))
    if isinstance(html, str | os.PathLike):
        data = _read(html)
        return lambda: MediaContent("html", data)
    if hasattr(type(html), "_repr_html_"):
        return lambda: MediaContent("html", encoded(_shown(html)))
    raise WrongTypeError(
        f"run.log_html takes markup or a path, not {describe(html)}; use a str such as '<p>text</p>' or a Path"
    )


def encoded(text: str) -> bytes:
    """A text's UTF-8."""
    return text.encode("utf-8", "backslashreplace")


def _read(path: str | os.PathLike[str]) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise WrongValueError(
            f"run.log_html: {os.fspath(path)!r} is no markup, as it has no '<', and no file that can be read: {error}"
        ) from error


def _shown(shown: Any) -> str:
    try:
        markup = shown._repr_html_()
    except Exception as error:
        raise WrongValueError(
            f"run.log_html: {describe(shown)} can't be shown ({type(error).__name__}: {error}); pass markup"
        ) from error
    if not isinstance(markup, str):
        raise WrongTypeError(f"run.log_html: {describe(shown)} shows itself as {describe(markup)}; pass markup")
    return markup
