"""Finds what ``dictConfig`` would stumble over, or would take in silence, and says where it stands.

What is left to be seen when something is made, :mod:`runlog.config.building` finds.
"""

from __future__ import annotations

import inspect
import logging
import logging.handlers
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from runlog.config.format_fields import misspelt
from runlog.config.places import Document, Route
from runlog.config.references import References, hint, is_reference, parts_referred_to
from runlog.config.sizes import SIZE_OPTIONS, bytes_of
from runlog.levels import level_number

TOP = ("version", "formatters", "filters", "handlers", "loggers", "root", "incremental", "disable_existing_loggers")
LOGGER = ("level", "handlers", "filters", "propagate")
FROM_FILES = ("qualname",)
"""Options that configurations have which were ``fileConfig``'s once; ``dictConfig`` passes over them."""
FORMATTER = ("format", "datefmt", "style", "validate", "defaults", "class", "()")
"""Options of a formatter that ``dictConfig`` itself takes; all others are arguments of its class."""
HANDLER = ("class", "()", ".", "level", "formatter", "filters")
"""The same of a handler."""
SECTIONS = ("formatters", "filters", "handlers", "loggers")
_WITH_KNOWN_FIELDS = ("logging", "runlog.", "pythonjsonlogger", "colorlog")


class Checker:
    """Looks a configuration through; what it finds stands in ``document.problems``.

    What ``dictConfig`` would misunderstand though it is clear is put into its words: sizes, names of levels in any
    case, sections without content, formatters with arguments for their class.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._config: dict[str, Any] = document.content
        self._references = References(document.content)
        self._fields_are_known = True

    def check(self) -> None:
        """Check everything."""
        self._top()
        for name, options in self._named("filters"):
            self._filter(("filters", name), options)
        for name, options in self._named("formatters"):
            self._formatter(("formatters", name), options)
        for name, options in self._named("handlers"):
            self._handler(("handlers", name), options)
        for name, options in self._named("loggers"):
            self._logger(("loggers", name), options)
        if "root" in self._config and self._is_mapping(("root",), self._config["root"]):
            self._logger(("root",), self._config["root"])

    def _top(self) -> None:
        config = self._config
        others = {key for key in config if isinstance(key, str) and key.startswith("x-")}
        self._only((), config, TOP, others | self._document.shared | parts_referred_to(config))
        if config.get("version") != 1:
            self._say(("version",), f"version is {config['version']!r}; the only one that logging knows is 1")
        for name in ("incremental", "disable_existing_loggers"):
            self._switch((name,), config, name)
        for section in (*SECTIONS, "root"):
            if config.get(section, {}) is None:
                del config[section]
        for section in SECTIONS:
            if not isinstance(config.get(section, {}), Mapping):
                self._say((section,), f"{section} must be a mapping of names")
                config[section] = {}

    def _named(self, section: str) -> Iterable[tuple[Any, dict[str, Any]]]:
        """The names and options of a section. Where a name has none, it gets empty ones."""
        entries = self._config.get(section, {})
        for name in entries:
            if entries[name] is None:
                entries[name] = {}
            if self._is_mapping((section, name), entries[name]):
                self._resolvable((section, name), entries[name])
                yield name, entries[name]

    def _is_mapping(self, route: Route, options: Any) -> bool:
        if isinstance(options, dict):
            return True
        self._say(route, f"{route[-1]} must be a mapping of options, not {options!r}")
        return False

    def _resolvable(self, route: Route, value: Any) -> None:
        """Check that each reference in a value leads somewhere."""
        if is_reference(value) and route[-1] not in {"class", "()"}:
            self._value(route, value)
        elif isinstance(value, dict | list):
            for key, one in value.items() if isinstance(value, dict) else enumerate(value):
                self._resolvable((*route, key), one)

    def _value(self, route: Route, value: Any) -> Any:
        try:
            return self._references.value(value)
        except LookupError as error:
            self._say(route, str(error))
            return None

    def _filter(self, route: Route, options: dict[str, Any]) -> None:
        if "()" not in options:
            self._only(route, options, ("()", "name"))
            return
        factory = self._factory(route, options, "()", own={"()", "."})
        self._attributes(route, options)
        if not str(getattr(factory, "__module__", "")).startswith(("runlog.", "logging")):
            self._fields_are_known = False  # it may add any to the records

    def _formatter(self, route: Route, options: dict[str, Any]) -> None:
        if "()" in options:
            factory = self._factory(route, options, "()", own={"()", ".", "format"})
            self._attributes(route, options)
        elif options.get("class") is not None:
            factory = self._factory(route, options, "class", own={*FORMATTER, "."})
            self._with_arguments(options)
        else:
            factory = logging.Formatter
            self._only(route, options, FORMATTER)
            if "defaults" in options:  # which a dictConfig before Python 3.12 passes over
                options["class"] = "logging.Formatter"
                self._with_arguments(options)
        style = options.get("style", "%")
        if factory is logging.Formatter and style not in ("%", "{", "$"):
            self._say((*route, "style"), f"style is {style!r}: there are %, {{ and $")
        self._fields(route, options, factory)

    def _with_arguments(self, options: dict[str, Any]) -> None:
        """Hand a formatter's class all its arguments: ``dictConfig`` hands a ``class`` four, and a ``()`` all."""
        if options.keys() - {"format", "datefmt", "style", "validate", "class"}:
            options["()"] = options.pop("class")
            if "format" in options:
                options["fmt"] = options.pop("format")

    def _fields(self, route: Route, options: Mapping[str, Any], owner: Any) -> None:
        """Say which fields of a format are slips, where no filter and no foreign class may add them."""
        if not self._fields_are_known or not str(getattr(owner, "__module__", "")).startswith(_WITH_KNOWN_FIELDS):
            return
        defaults = options.get("defaults") or {}
        for option in ("format", "fmt"):
            text = options.get(option)
            if isinstance(text, str) and not is_reference(text):
                for name, meant in misspelt(text, str(options.get("style", "%"))):
                    if name not in defaults:
                        where = (*route, option if (*route, option) in self._document.marks else "format")
                        self._say(where, f"records have no field {name!r}; did you mean {meant!r}?")

    def _handler(self, route: Route, options: dict[str, Any]) -> None:
        self._level(route, options)
        if self._config.get("incremental"):
            return
        if "class" in options and "()" in options:
            self._say(route, f"handler {route[-1]!r} has both class and (): give one of them")
        if options.get("class") is None and options.get("()") is None:
            self._say(route, f"handler {route[-1]!r} has no class: give class: runlog.ConsoleHandler, or another")
            return
        self._refers(route, options, "formatter", "formatters")
        self._refers(route, options, "filters", "filters")
        for name in SIZE_OPTIONS & options.keys():
            try:
                options[name] = bytes_of(options[name])
            except ValueError as error:
                self._say((*route, name), str(error))
        factory = self._factory(route, options, "()" if "()" in options else "class", own=set(HANDLER))
        if isinstance(factory, type) and issubclass(factory, logging.handlers.MemoryHandler):
            number = self._level(route, options, "flushLevel")
            if number is not None:  # a name means nothing to it before Python 3.12
                options["flushLevel"] = number
        self._fields(route, options, factory)
        self._attributes(route, options)

    def _attributes(self, route: Route, options: Mapping[str, Any]) -> None:
        if not isinstance(options.get(".") or {}, Mapping):
            self._say((*route, "."), f"what stands under '.' must be a mapping of attributes, not {options['.']!r}")

    def _logger(self, route: Route, options: dict[str, Any]) -> None:
        self._only(route, options, LOGGER, FROM_FILES)
        self._resolvable(route, options)
        self._level(route, options)
        if not self._config.get("incremental"):
            self._refers(route, options, "handlers", "handlers")
            self._refers(route, options, "filters", "filters")
        self._switch(route, options, "propagate")

    def _switch(self, route: Route, options: dict[str, Any], name: str) -> None:
        where = (*route, name) if route != (name,) else route
        value = self._value(where, options.get(name))
        if value not in (None, 0, 1):
            self._say(where, f"{name} is {value!r}: give true or false")
        elif name in options:
            options[name] = None if value is None else bool(value)

    def _level(self, route: Route, options: dict[str, Any], name: str = "level") -> int | None:
        """The number of a level, which is put into the words of ``dictConfig``."""
        level = self._value((*route, name), options.get(name))
        try:
            number = _number(level)
        except (TypeError, ValueError) as error:
            self._say((*route, name), str(error))
            return None
        if number is not None:
            options[name] = logging.getLevelName(number) if isinstance(level, str) else number
        return number

    def _refers(self, route: Route, options: dict[str, Any], option: str, section: str) -> None:
        """Check that the names an option has are defined in a section."""
        value = self._value((*route, option), options.get(option))
        if value is None:
            return
        if option != "formatter" and not isinstance(value, list):
            self._say((*route, option), f"{option} must be a list of names, such as [{value}]")
            return
        known = list(self._config.get(section, {}))
        for at, name in enumerate(value if isinstance(value, list) else [value]):
            if name not in known:
                where = (*route, option, at) if isinstance(value, list) else (*route, option)
                there = f"there are {', '.join(known)}" if known else "there are none"
                self._say(where, f"{name!r} is not among the {section}: {there}{hint(name, known)}")

    def _factory(self, route: Route, options: dict[str, Any], key: str, own: set[str]) -> Any:
        """What makes it. Checks that it can be imported and takes the options that are left for it."""
        target = options[key]
        try:
            factory = self._references.named(target)
        except LookupError as error:
            self._say((*route, key), str(error))
            return None
        if isinstance(target, str) and key == "class":
            options[key] = target.removeprefix("ext://")  # as every version of Python takes it
        if not callable(factory):
            self._say((*route, key), f"{target} can't be called: it is {factory!r}")
            return None
        self._arguments(route, factory, {name: options[name] for name in options if name not in own})
        return factory

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
                self._say((*route, name), f"{called} has no argument {name!r}{hint(name, names)}")
        if route[0] == "handlers":
            needed = [one.name for one in parameters if one.default is one.empty and one.name in names]
            for name in needed:
                if name not in given:
                    self._say(route, f"{called} needs {name!r}")

    def _only(
        self, route: Route, options: Mapping[Any, Any], known: Collection[str], others: Collection[Any] = ()
    ) -> None:
        """Check that only known options are there. Others are taken, too, and not recommended."""
        owner = {"loggers": "a logger has", "root": "the root logger has", "filters": "a filter without () has"}
        told = owner.get(route[0], "a formatter has") if route else "a logging configuration has"
        for name in options:
            if name not in known and name not in others:
                meant = hint(name, known) or f"; there are {', '.join(known)}"
                self._say((*route, name), f"{told} no {name!r}{meant}")

    def _say(self, route: Route, what: str) -> None:
        self._document.problem(route, what)


def _number(level: Any) -> int | None:
    """The number of a level: of a name as it was registered, else of one in any case."""
    number = logging.getLevelName(level) if isinstance(level, str) else None
    return number if isinstance(number, int) else level_number(level)
