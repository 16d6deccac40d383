"""Makes what a configuration describes, before anything that is configured now is touched.

``dictConfig`` closes all handlers there are and then makes the new ones: where one can't be made, a program is left
without any. Here they are made first, by its own rules, and handed to it as they are.
"""

from __future__ import annotations

import copy
import logging
import logging.config
import logging.handlers
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from runlog.config.places import Document, Route

_KINDS = {"formatters": "formatter", "filters": "filter", "handlers": "handler"}
_TRIED = ("logging", "logging.handlers", "pythonjsonlogger", "colorlog", "runlog")
"""Packages whose classes do nothing but what they are known to do when they are called."""
_NOT_TRIED = (logging.handlers.SysLogHandler, logging.handlers.NTEventLogHandler)  # these connect at once


class Builder(logging.config.DictConfigurator):
    """Makes the formatters, filters and handlers of a configuration; faults are problems of the document.

    Args:
        document: that was checked.
        trial: only find out whether all can be made. No file is opened, and classes and functions of users are not
            called.
    """

    def __init__(self, document: Document, *, trial: bool = False) -> None:
        super().__init__(copy.deepcopy(document.content))
        self._document = document
        self._trial = trial

    def build(self) -> None:
        """Make everything; it stands in the sections of ``config`` then."""
        for section, make in (("formatters", self.configure_formatter), ("filters", self.configure_filter)):
            for name in self._section(section):
                self._make(section, name, make)
        waiting = sorted(self._section("handlers"))
        while waiting:  # a handler may hand its records on to others, which are made before it
            left = [name for name in waiting if not self._make("handlers", name, self.configure_handler)]
            if len(left) == len(waiting):
                for name in left:
                    self._say(("handlers", name), "the handlers that it hands records on to wait for it in turn")
                return
            waiting = left

    def discard(self) -> None:
        """Close the handlers that were made, and forget all."""
        for handler in self.made("handlers").values():
            handler.close()
        self.config.clear()

    def made(self, section: str) -> dict[str, Any]:
        """What was made of a section, by its names."""
        return {name: one for name, one in dict.items(self._section(section)) if not isinstance(one, dict)}

    def _section(self, section: str) -> dict[str, Any]:
        entries: dict[str, Any] = self.config.get(section, {})
        return entries

    def _make(self, section: str, name: str, make: Callable[[Any], Any]) -> bool:
        """Make one; False where it waits for another."""
        entries = self._section(section)
        try:
            entries[name] = make(entries[name])
        except Exception as error:
            cause = error.__cause__ or error
            if " not configured yet" in str(cause):
                return False
            told = str(cause) if isinstance(cause, ValueError | TypeError | OSError) else repr(cause)
            self._say((section, name), told or type(cause).__name__)
        return True

    def _say(self, route: Route, why: str) -> None:
        self._document.problem(route, f"{_KINDS[route[0]]} {route[1]!r} can't be made: {why}")

    def configure_formatter(self, config: Any) -> Any:
        """A formatter; in a trial, a plain one in the place of one that a user's code makes."""
        if self._trial and not _is_known(self._factory(config, logging.Formatter)):
            return logging.Formatter()
        return super().configure_formatter(config)

    def configure_filter(self, config: Any) -> Any:
        """A filter; in a trial, a plain one in the place of one that a user's code makes."""
        if self._trial and not _is_known(self._factory(config, logging.Filter)):
            return logging.Filter()
        return super().configure_filter(config)

    def configure_handler(self, config: Any) -> Any:
        """A handler; in a trial, one that opens no file, or one that stands for what a user's code makes."""
        factory = self._factory(config, None)
        is_file = isinstance(factory, type) and issubclass(factory, logging.FileHandler)
        if is_file and factory.__module__.startswith("logging"):
            _check_folder(config)
        if self._trial:
            if not _is_known(factory) or issubclass(factory, _NOT_TRIED):
                return logging.NullHandler()
            if is_file:
                config["delay"] = True
        return super().configure_handler(config)

    def add_filters(self, filterer: Any, filters: Any) -> None:
        """Add filters by their names. (As in ``logging`` since Python 3.11.)"""
        for name in filters:
            filterer.addFilter(self._section("filters")[name])

    def _factory(self, config: Any, default: Any) -> Any:
        named = config.get("()") or config.get("class") or default
        return self.resolve(named) if isinstance(named, str) else named


def _is_known(factory: Any) -> bool:
    module = getattr(factory, "__module__", "")
    return isinstance(factory, type) and (module in _TRIED or module.partition(".")[0] in _TRIED)


def _check_folder(config: Any) -> None:
    """Raise where a file of the standard library's handlers can't be opened, as far as that can be seen."""
    if config.get("delay") or not isinstance(config.get("filename"), str):
        return
    path = Path(config["filename"])
    if path.is_dir():
        raise ValueError(f"{path} is a folder")
    if not path.absolute().parent.is_dir():
        raise ValueError(f"there is no folder {path.parent}: make it, or use runlog.RotatingFileHandler, which does")


def apply(content: dict[str, Any], builder: Builder) -> None:
    """Configure ``logging`` with what was made.

    The new handlers are hidden from ``dictConfig`` while it closes the handlers of before.

    Args:
        content: of the configuration.
        builder: that has made what it describes.
    """
    made = {section: builder.made(section) for section in ("filters", "handlers")}
    config = {
        **copy.deepcopy(content),
        "formatters": {},
        **{section: {name: {"()": partial(_given, one)} for name, one in made[section].items()} for section in made},
    }
    handlers = made["handlers"].values()
    with logging._lock:  # type: ignore[attr-defined]
        known = logging._handlerList  # type: ignore[attr-defined]
        new = [reference for reference in known if any(reference() is one for one in handlers)]
        known[:] = [reference for reference in known if reference not in new]
        try:
            logging.config.dictConfig(config)
        finally:
            known.extend(new)


def _given(one: Any) -> Any:
    return one
