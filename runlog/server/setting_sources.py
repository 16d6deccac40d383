"""Where settings come from, and what is wrong with them: each fault with its line, its variable or its option."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from runlog.config.places import Document, read_document
from runlog.config.sizes import bytes_of
from runlog.errors import ConfigurationError
from runlog.names import did_you_mean

_logger = logging.getLogger("runlog.server")
_WORDS = {int: "a whole number", str: "a text", list[str]: "a list of texts"}


class Given(NamedTuple):
    """A setting as it was given."""

    value: Any
    where: str
    """The file with its line, the variable, or the option."""


class SettingSources:
    """Settings from a file, from variables and from options; the later goes before the earlier."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        """Nothing is given yet.

        Args:
            known: each setting and its type; ``group.name`` of one that stands in a mapping.
        """
        self._known = known
        self.given: dict[str, Given] = {}
        self._faults: list[str] = []

    def read(self, file: Path, environment: Mapping[str, str]) -> None:
        """Take a file's settings.

        Raises:
            ConfigurationError: it can't be read, or holds none.
        """
        document = read_document(file, environment, "the settings of a server")
        document.refuse()
        if document.content is None:
            return
        if not isinstance(document.content, dict):
            raise ConfigurationError(f"{file} holds no settings: write them as NAME: VALUE")
        for route, value in _leaves(document.content, {name.partition(".")[0] for name in self._known if "." in name}):
            name = ".".join(map(str, route))
            where = _place(document, route)
            if name in self._known:
                self.given[name] = Given(value, where)
            else:
                self._faults.append(f"{where}: there is no setting {name!r}{_hint(name, self._known)}")

    def take_variables(self, prefix: str, environment: Mapping[str, str]) -> None:
        """Take variables whose names begin so; of others that do, it is said that they are none."""
        known = {prefix + name.upper(): name for name in self._known if "." not in name}
        for variable in sorted(one for one in environment if one.startswith(prefix)):
            if variable in known:
                self.given[known[variable]] = Given(environment[variable], variable)
            else:
                _logger.warning("the variable %s is no setting of the server%s", variable, _hint(variable, known))

    def take_flags(self, flags: Mapping[str, Any]) -> None:
        """Take options of the command line; those that are None were not given."""
        given = {name: value for name, value in flags.items() if value is not None}
        self.given |= {name: Given(value, f"--{name.replace('_', '-')}") for name, value in given.items()}

    def convert(self, name: str, kind: Any, *, is_size: bool) -> Any:
        """A setting as its type; None where it was not given, or can't be one, which is noted."""
        if name not in self.given:
            return None
        value = self.given[name].value
        if kind == list[str] and isinstance(value, str):
            value = [one.strip() for one in value.split(",") if one.strip()]
        try:
            return msgspec.convert(bytes_of(value) if is_size else value, kind, strict=False)
        except (msgspec.ValidationError, ValueError):
            self.refuse(name, f"give {_WORDS[kind]}{', or a size such as 10MB' if is_size else ''}")
            return None

    def refuse(self, name: str, what: str) -> None:
        """Note that a setting can't be what it was given as."""
        value, where = self.given[name]
        self._faults.append(f"{where}: {name} can't be {value!r}: {what}")

    def check(self) -> None:
        """Tell of all that was noted.

        Raises:
            ConfigurationError: there was something.
        """
        if self._faults:
            raise ConfigurationError("\n".join(["the server's settings can't be used:", *self._faults]))


def _leaves(content: Mapping[Any, Any], groups: set[str]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    for key, value in content.items():
        if key in groups and isinstance(value, dict):
            yield from (((key, inner), one) for inner, one in value.items())
        else:
            yield (key,), value


def _place(document: Document, route: tuple[Any, ...]) -> str:
    line, _ = document.marks.get(route, (1, 1))
    return f"{document.name}, line {line}"


def _hint(name: str, known: Mapping[str, Any]) -> str:
    hint = did_you_mean(name, known)
    return f"; {hint}" if hint else f"; there are {', '.join(sorted(known))}"
