"""What a configuration refers to: objects by ``ext://`` and dotted names, its own parts by ``cfg://``."""

from __future__ import annotations

import copy
import importlib
import logging.config
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

_REFERENCE = re.compile(r"(?:ext|cfg)://")
_OWN_PART = re.compile(r"cfg://\s*(\w+)")


class References:
    """Resolves references as ``dictConfig`` does, and says what is wrong with those that lead nowhere.

    Args:
        content: of the configuration, which is left as it is.
    """

    def __init__(self, content: dict[str, Any]) -> None:
        self._configurator = logging.config.BaseConfigurator(copy.deepcopy(content))

    def value(self, value: Any) -> Any:
        """What a value stands for: itself, where it is no reference.

        Raises:
            LookupError: it leads nowhere; the message says why.
        """
        if not is_reference(value):
            return value
        try:
            return self._configurator.convert(value)
        except Exception as error:
            why = _missing(value.removeprefix("ext://")) if value.startswith("ext://") else None
            raise LookupError(f"{value} leads nowhere: {why or f'there is no {error}'}") from error

    def named(self, name: Any) -> Any:
        """What a dotted name means, with ``ext://`` before it or without.

        Raises:
            LookupError: it means nothing; the message says why.
        """
        if is_reference(name):
            name = self.value(name)
        if not isinstance(name, str):
            return name
        try:
            return self._configurator.resolve(name)
        except Exception as error:
            raise LookupError(f"{name} can't be imported: {_missing(name) or error.__cause__ or error}") from error


def is_reference(value: Any) -> bool:
    """Whether a value is one of ``ext://`` or ``cfg://``."""
    return isinstance(value, str) and _REFERENCE.match(value) is not None


def parts_referred_to(content: Any) -> set[str]:
    """The sections that some ``cfg://`` leads into."""
    return {found[1] for text in _texts(content) if (found := _OWN_PART.match(text))}


def hint(name: Any, known: Iterable[Any]) -> str:
    """What may have been meant by a name that is unknown."""
    close = get_close_matches(str(name), list(map(str, known)), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict | list):
        for one in content.values() if isinstance(content, dict) else content:
            yield from _texts(one)


def _missing(name: str) -> str | None:
    """Which part of a dotted name there is not; None where all are there, and something else is wrong."""
    first, *others = name.split(".")
    used = first
    try:
        found: Any = importlib.import_module(first)
        for part in others:
            if not hasattr(found, part):
                importlib.import_module(f"{used}.{part}")
            found = getattr(found, part)
            used = f"{used}.{part}"
    except ModuleNotFoundError as error:
        if used == first and error.name == first:
            return f"there is no module {first!r}"
        if error.name is not None and not name.startswith(error.name):
            return f"{used} needs the module {error.name!r}, which is not there"
        return f"{used} has no {part!r}{hint(part, dir(found))}"
    except Exception as error:
        return f"{used}: {type(error).__name__}: {error}"
    return None
