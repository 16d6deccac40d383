"""``runlog.config.load``: from a file to configured logging."""

from __future__ import annotations

import logging
import logging.config
import os
from collections.abc import Mapping
from typing import Any

from runlog.config.building import Builder, apply
from runlog.config.checking import Checker
from runlog.config.places import Document, read_document
from runlog.errors import ConfigurationError


def load(path: str | os.PathLike[str], *, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Configure logging as a YAML file says.

    The file has the form of :func:`logging.config.dictConfig`, read by YAML's safe loader. ``version`` may be left out,
    and existing loggers stay enabled unless the file says ``disable_existing_loggers: true``. ``${NAME}`` and
    ``${NAME:-default}`` come from the environment (``$$`` is a dollar sign), and ``maxBytes`` may be ``10MB`` or
    ``10MiB``.

    Args:
        path: of the file.
        environment: instead of ``os.environ``.

    Returns:
        the configuration as it was applied.

    Raises:
        ConfigurationError: the file can't be read, or something in it is wrong; the message has a line for each fault,
            with its place. Nothing that is configured has been changed then.
    """
    document = _checked(path, environment)
    content: dict[str, Any] = document.content
    if content.get("incremental"):
        _check_names(document)
        logging.config.dictConfig(content)
        return content
    builder = Builder(document)
    builder.build()  # what was not tried may fail: a user's code, and files
    if document.problems:
        builder.discard()
    document.refuse()
    apply(content, builder)
    return content


def read(path: str | os.PathLike[str], *, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Read and check a configuration without applying it: what :func:`load` would hand to ``dictConfig``.

    Formatters, filters and handlers of the standard library and of runlog are made on trial, without a file being
    opened; what a class of one's own makes of its arguments shows when the configuration is loaded. Of an incremental
    configuration, so does whether there are handlers of its names.

    Args:
        path: of the file.
        environment: instead of ``os.environ``.

    Raises:
        ConfigurationError: as :func:`load`.
    """
    document = _checked(path, environment)
    content: dict[str, Any] = document.content
    return content


def _checked(path: str | os.PathLike[str], environment: Mapping[str, str] | None) -> Document:
    document = read_document(path, os.environ if environment is None else environment)
    if not isinstance(document.content, dict):
        found = "empty" if document.content is None else f"a {type(document.content).__name__}"
        raise ConfigurationError(f"{document.name} is no mapping with handlers, loggers and root: it is {found}")
    document.content.setdefault("version", 1)
    document.content.setdefault("disable_existing_loggers", False)
    Checker(document).check()
    document.refuse()
    if not document.content.get("incremental"):
        trial = Builder(document, trial=True)
        trial.build()
        trial.discard()
        document.refuse()
    return document


def _check_names(document: Document) -> None:
    """Refuse an incremental configuration of handlers that are not there: ``dictConfig`` would stop half-way."""
    for name in document.content.get("handlers", {}):
        if name not in logging._handlers:  # type: ignore[attr-defined]
            document.problem(("handlers", name), f"there is no handler {name!r} whose level could be changed")
    document.refuse()
