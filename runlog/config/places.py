"""YAML read with the place of everything in it."""

from __future__ import annotations

import os
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from runlog.errors import ConfigurationError

Route = tuple[Any, ...]
"""The keys and numbers that lead to a value, from the top of the document."""
VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::-([^}]*))?\})")
_COLLECTIONS = frozenset({"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})
_DEEPEST = 50
_FORMATS = frozenset({"format", "fmt"})
"""Keys whose texts are left as they are: with ``style: $`` they name fields of a record in the same way."""
_NAMED = frozenset({"formatters", "filters", "handlers", "loggers"})
"""Sections whose keys are names, and so text: also ``1`` and ``off``."""
_NAMING = frozenset({"formatter", "filters", "handlers", "target"})
"""Options whose values are such names."""


@dataclass
class Document:
    """What a file says, and where it says it."""

    name: str
    content: Any = None
    marks: dict[Route, tuple[int, int]] = field(default_factory=dict)
    """Line and column, from 1, of each value, and of each key at the value's route."""
    problems: list[str] = field(default_factory=list)
    shared: set[Any] = field(default_factory=set)
    """Keys at the top of which something is used elsewhere, by an anchor."""

    def problem(self, route: Route, what: str) -> None:
        """Note what is wrong with the value at a route, or with the nearest value around it."""
        while route and route not in self.marks:
            route = route[:-1]
        line, column = self.marks.get(route, (1, 1))
        told = f"{self.name}, line {line}, column {column}: {what}"
        if told not in self.problems:
            self.problems.append(told)

    def refuse(self) -> None:
        """Raise for the problems there are, all at once, in the order of their lines.

        Raises:
            ConfigurationError: there are any.
        """
        if self.problems:
            raise ConfigurationError("\n".join(self.problems))


def read_document(
    source: str | os.PathLike[str], environment: Mapping[str, str], what: str = "a logging configuration"
) -> Document:
    """Read a YAML file.

    Args:
        source: the file's path.
        environment: what ``${NAME}`` and ``${NAME:-default}`` stand for; ``$$`` is a dollar sign.
        what: it is to hold, for messages.

    Raises:
        ConfigurationError: it can't be read, is no YAML, or names a variable that is not set.
    """
    path = Path(source)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} can't be read as {what}: {error}") from error
    document = Document(str(path))
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is not None:
            builder = _Builder(loader, document, environment)
            document.content = builder.build(node, ())
            document.shared = builder.shared
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        where = f"{path}, line {mark.line + 1}, column {mark.column + 1}" if mark else str(path)
        raise ConfigurationError(f"{where}: this is no YAML: {getattr(error, 'problem', None) or error}") from error
    finally:
        loader.dispose()
    document.refuse()
    return document


def _is_name(value: Any, route: Route) -> bool:
    """Whether a number or a switch stands where a name is meant."""
    option = route[-2] if len(route) > 1 and isinstance(route[-1], int) else route[-1] if route else None
    return isinstance(value, int | float) and option in _NAMING


class _Builder:
    """Makes the content of YAML's nodes, and remembers where each stood."""

    def __init__(self, loader: yaml.SafeLoader, document: Document, environment: Mapping[str, str]) -> None:
        self._loader = loader
        self._document = document
        self._environment = environment
        self._tops: dict[int, Any] = {}
        self.shared: set[Any] = set()

    def build(self, node: yaml.Node, route: Route) -> Any:
        """The content of a node, which stands at a route."""
        if route and self._tops.setdefault(id(node), route[0]) != route[0]:
            self.shared |= {self._tops[id(node)], route[0]}
        self._document.marks.setdefault(route, (node.start_mark.line + 1, node.start_mark.column + 1))
        if len(route) > _DEEPEST:
            self._document.problem(route, f"more than {_DEEPEST} levels, or a value inside itself")
            return None
        if not isinstance(node, yaml.ScalarNode) and node.tag not in _COLLECTIONS:
            self._document.problem(route, f"{node.tag} is no mapping and no list: plain YAML only")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, route)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(one, (*route, at)) for at, one in enumerate(node.value)]
        return self._scalar(node, route)

    def _mapping(self, node: yaml.MappingNode, route: Route) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = key_node.value
            if key in seen and key != "<<":
                mark, place = key_node.start_mark, (*route, key)
                self._document.marks[place] = (mark.line + 1, mark.column + 1)
                self._document.problem(place, f"{key!r} is given twice")
            seen.add(key)
        self._loader.flatten_mapping(node)
        built: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            is_name = len(route) == 1 and route[0] in _NAMED and isinstance(key_node, yaml.ScalarNode)
            key = key_node.value if is_name else self._loader.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                self._document.problem(route, f"{key!r} can't be a key")
                continue
            place = (*route, key)
            self._document.marks[place] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            built[key] = self.build(value_node, place)
        return built

    def _scalar(self, node: yaml.Node, route: Route) -> Any:
        if not isinstance(node, yaml.ScalarNode) or "$" not in node.value or (route and route[-1] in _FORMATS):
            value = self._loader.construct_object(node, deep=True)
            return node.value if _is_name(value, route) else value
        text = VARIABLE.sub(lambda found: self._value(found, route), node.value)
        if VARIABLE.fullmatch(node.value) is None:
            return text
        # Nothing but a variable, in quotes or not: what it stands for may be a number.
        tag = self._loader.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
        plain = yaml.ScalarNode(tag, text, node.start_mark, node.end_mark)
        return self._loader.construct_object(plain, deep=True)

    def _value(self, found: re.Match[str], route: Route) -> str:
        name, default = found.groups()
        if name is None:
            return "$"
        value = self._environment.get(name) or default
        if value is None:
            self._document.problem(
                route, f"the environment variable {name} is not set: set it, or give a default: ${{{name}:-...}}"
            )
        return value or ""
