"""Finds what ``dictConfig`` would stumble over, or would take in silence, and says where it stands."""

from __future__ import annotations

import inspect
import logging.config
import logging.handlers
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from runlog.config.places import Document, Route
from runlog.config.sizes import SIZE_OPTIONS, bytes_of
from runlog.levels import level_number

TOP = ("version", "formatters", "filters", "handlers", "loggers", "root", "incremental", "disable_existing_loggers")
LOGGER = ("level", "handlers", "filters", "propagate")
ROOT = ("level", "handlers", "filters")
FORMATTER = ("format", "datefmt", "style", "validate", "defaults", "class", "()")
HANDLER = ("class", "()", ".", "level", "formatter", "filters")
"""Options of a handler that ``dictConfig`` itself takes; all others are arguments of its class."""
_SECTIONS = ("formatters", "filters", "handlers", "loggers")


class Checker:
    """Looks a configuration through; what it finds stands in ``document.problems``."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._config: dict[str, Any] = document.content

    def check(self) -> None:
        """Check everything, and turn sizes into numbers."""
        config = self._config
        self._only((), config, TOP, "logging configurations have no")
        if config.get("version", 1) != 1:
            self._say(("version",), f"version is {config['version']!r}; the only one that logging knows is 1")
        for section in _SECTIONS:
            if not isinstance(config.get(section) or {}, Mapping):
                self._say((section,), f"{section} must be a mapping of names")
                config[section] = {}
        for name, options in self._named("formatters"):
            self._formatter(("formatters", name), options)
        for name, options in self._named("filters"):
            self._factory(("filters", name), options, own={"()", "name"})
        for name, options in self._named("handlers"):
            self._handler(("handlers", name), options)
        for name, options in self._named("loggers"):
            self._logger(("loggers", name), options, LOGGER)
        root = config.get("root")
        if root is not None and self._is_mapping(("root",), root):
            self._logger(("root",), root, ROOT)

    def _named(self, section: str) -> Iterable[tuple[Any, dict[str, Any]]]:
        for name, options in (self._config.get(section) or {}).items():
            if self._is_mapping((section, name), options):
                yield name, options

    def _is_mapping(self, route: Route, options: Any) -> bool:
        if isinstance(options, dict):
            return True
        self._say(route, f"{route[-1]} must be a mapping of options, not {options!r}")
        return False

    def _formatter(self, route: Route, options: dict[str, Any]) -> None:
        if "()" in options or "class" in options:
            self._factory(route, options, own=set(FORMATTER))
        else:
            self._only(route, options, FORMATTER, "a formatter has no")
        style = options.get("style", "%")
        if "()" not in options and style not in {"%", "{", "$"}:
            self._say((*route, "style"), f"style is {style!r}; there are %, {{ and $")

    def _handler(self, route: Route, options: dict[str, Any]) -> None:
        if "class" not in options and "()" not in options and not self._config.get("incremental"):
            self._say(route, f"handler {route[-1]!r} has no class: give class: runlog.ConsoleHandler, or another")
        self._level(route, options)
        self._refers(route, options, "formatter", "formatters")
        self._refers(route, options, "filters", "filters")
        for name in SIZE_OPTIONS & options.keys():
            try:
                options[name] = bytes_of(options[name])
            except ValueError as error:
                self._say((*route, name), str(error))
        self._factory(route, options, own=set(HANDLER))

    def _logger(self, route: Route, options: dict[str, Any], known: Collection[str]) -> None:
        self._only(route, options, known, "a logger has no" if route != ("root",) else "the root logger has no")
        self._level(route, options)
        self._refers(route, options, "handlers", "handlers")
        self._refers(route, options, "filters", "filters")
        if not isinstance(options.get("propagate", True), bool):
            self._say((*route, "propagate"), f"propagate is {options['propagate']!r}: give true or false")

    def _level(self, route: Route, options: dict[str, Any]) -> None:
        level = options.get("level")
        try:
            level_number(level)
        except (TypeError, ValueError) as error:
            self._say((*route, "level"), str(error))

    def _refers(self, route: Route, options: dict[str, Any], option: str, section: str) -> None:
        """Check that the names an option has are defined in a section. (``filters`` may hold filters themselves.)"""
        value = options.get(option)
        if value is None or self._config.get("incremental"):
            return
        if option != "formatter" and not isinstance(value, list):
            self._say((*route, option), f"{option} must be a list of names, such as [{value}]")
            return
        known = [str(name) for name in self._config.get(section) or {}]
        names = value if isinstance(value, list) else [value]
        for at, name in enumerate(names):
            if isinstance(name, str) and name not in known:
                there = f"there are {', '.join(known)}" if known else "there are none"
                where = (*route, option, at) if isinstance(value, list) else (*route, option)
                self._say(where, f"{name!r} is not among the {section}: {there}{_hint(name, known)}")

    def _factory(self, route: Route, options: dict[str, Any], own: set[str]) -> None:
        """Check that a class can be imported and takes the options that are left for it."""
        key = "()" if "()" in options else "class"
        target = options.get(key)
        if target is None:
            if key == "class" and route[0] == "filters":
                self._only(route, options, own, "a filter without () has no")
            return
        if isinstance(target, str):
            target = self._resolved((*route, key), target)
        if callable(target):
            self._arguments(route, target, {name: options[name] for name in options if name not in own})

    def _resolved(self, route: Route, name: str) -> Any:
        """What a dotted name means, as ``dictConfig`` looks it up."""
        try:
            return logging.config.BaseConfigurator({}).resolve(name.removeprefix("ext://"))
        except Exception as error:
            cause = error.__cause__ or error
            self._say(route, f"{name} can't be imported: {cause}")
            return None

    def _arguments(self, route: Route, factory: Any, given: Mapping[str, Any]) -> None:
        if isinstance(factory, type) and issubclass(
            factory, logging.handlers.QueueHandler | logging.handlers.MemoryHandler
        ):
            return  # dictConfig turns names of other handlers into arguments for them
        try:
            parameters = inspect.signature(factory).parameters.values()
        except (TypeError, ValueError):
            return
        if any(one.kind is one.VAR_KEYWORD for one in parameters):
            return
        names = [one.name for one in parameters if one.kind in {one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY}]
        called = getattr(factory, "__name__", str(factory))
        for name in given:
            if name not in names:
                self._say((*route, name), f"{called} has no argument {name!r}{_hint(name, names)}")
        if route[0] == "handlers":
            needed = [one.name for one in parameters if one.default is one.empty and one.name in names]
            for name in needed:
                if name not in given:
                    self._say(route, f"{called} needs {name!r}")

    def _only(self, route: Route, options: Mapping[Any, Any], known: Collection[str], told: str) -> None:
        for name in options:
            if name not in known:
                hint = _hint(name, known) or f"; there are {', '.join(known)}"
                self._say((*route, name), f"{told} {name!r}{hint}")

    def _say(self, route: Route, what: str) -> None:
        self._document.problem(route, what)


def _hint(name: Any, known: Iterable[str]) -> str:
    close = get_close_matches(str(name), list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
