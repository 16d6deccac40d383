"""``runlog.config.load``: from a file to configured logging."""

from __future__ import annotations

import logging.config
import os
import re
from collections.abc import Mapping
from typing import Any

from runlog.config.checking import Checker
from runlog.config.places import Document, read_document
from runlog.errors import ConfigurationError

_NAMED = re.compile(r"Unable to configure (handler|formatter|filter|logger) '(.*)'|Unable to (configure) (root) logger")


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
            with its place. Nothing has been changed then, unless a handler's own constructor failed.
    """
    document = _checked(path, environment)
    config: dict[str, Any] = document.content
    try:
        logging.config.dictConfig(config)
    except (ValueError, TypeError, AttributeError, ImportError) as error:
        raise ConfigurationError(_where(document, error)) from error
    return config


def read(path: str | os.PathLike[str], *, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Read and check a configuration without applying it: what :func:`load` would hand to ``dictConfig``.

    Args:
        path: of the file.
        environment: instead of ``os.environ``.

    Raises:
        ConfigurationError: as :func:`load`.
    """
    content: dict[str, Any] = _checked(path, environment).content
    return content


def _checked(path: str | os.PathLike[str], environment: Mapping[str, str] | None) -> Document:
    document = read_document(path, os.environ if environment is None else environment)
    if not isinstance(document.content, dict):
        raise ConfigurationError(
            f"{document.name} holds {type(document.content).__name__}, and no mapping with handlers, loggers and root"
        )
    document.content.setdefault("version", 1)
    document.content.setdefault("disable_existing_loggers", False)
    Checker(document).check()
    document.refuse()
    return document


def _where(document: Document, error: Exception) -> str:
    """What ``dictConfig`` says, with the place and the cause, which it keeps to itself."""
    found = _NAMED.search(str(error))
    cause = error.__cause__ or error
    if found is None:
        return f"{document.name}: {cause}"
    kind, name = (found[1], found[2]) if found[1] else ("root", "root")
    route = ("root",) if kind == "root" else (f"{kind}s", name)
    line, column = document.marks.get(route, (1, 1))
    return f"{document.name}, line {line}, column {column}: {kind} {name!r} can't be made: {cause}"
