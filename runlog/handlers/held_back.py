"""What filters hold back: counted, and told by a record of its own, so that a gap in a log is never silent."""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

from runlog.errors import WrongTypeError, WrongValueError
from runlog.handlers.extra_fields import added_names
from runlog.handlers.record_message import with_message
from runlog.handlers.text_formatter import safe_text
from runlog.journal import background, fork, real_time

TELL_EVERY = 10.0
"""Seconds from the first record that is held back to the record that tells of it."""
SHOWN = 200
"""Characters shown of a template, and of an argument."""
MOST_ARGUMENTS = 100
"""Arguments that are kept of a record."""
MOST_KEYS = 10_000
"""Kinds of records that a filter remembers."""
_MARK = "_runlog_held_back"

_waiting: set[HoldingFilter] = set()
"""Filters that have something to tell."""


class Held:
    """Records of one kind that were held back since the last time that it was told."""

    __slots__ = ("args", "count", "extra", "level", "origin", "since")

    def __init__(self, since: float) -> None:
        self.count = 0
        self.level = logging.WARNING
        self.since = since
        self.origin: dict[str, Any] = {}
        self.args: Any = None
        self.extra: dict[Any, Any] = {}

    def add(self, record: logging.LogRecord) -> None:
        """Count a record. Of the newest, its origin, arguments and extra fields are kept, as far as they are small."""
        self.count += 1
        self.level = max(self.level, record.levelno)
        kept = ("name", "pathname", "filename", "module", "lineno", "funcName")
        self.origin = {name: getattr(record, name, None) for name in kept}
        self.origin["template"] = safe_text(record.msg)[:SHOWN]
        self.args = _small(record.args)
        names = added_names(record.__dict__)[:MOST_ARGUMENTS]
        self.extra = {name: _small_value(record.__dict__[name]) for name in names}

    def as_record(self, now: float) -> logging.LogRecord:
        """What tells of them, at WARNING or the level of what was held back, whichever is higher.

        Formatters of access logs make their lines of a record's arguments, and not of its message. So it has those of
        the newest, with the same told in the first text among them, and the extra fields that a format may name.
        """
        what = f"held back {self.count} record{'' if self.count == 1 else 's'} like this in {now - self.since:.0f} s: "
        record = logging.LogRecord(
            self.origin["name"],
            self.level,
            self.origin["pathname"],
            self.origin["lineno"],
            f"{what}{self.origin['template']}",
            (),
            None,
            self.origin["funcName"],
        )
        record = with_message(record, str(record.msg), _beginning_with(what, self.args))
        record.__dict__.update({**self.extra, _MARK: True, "held_back": self.count})
        return record


def _small(args: Any) -> Any:
    """Arguments in their shape, with the text of what may be large."""
    if isinstance(args, Mapping):
        return {name: _small_value(value) for name, value in list(args.items())[:MOST_ARGUMENTS]}
    if isinstance(args, tuple):
        return tuple(map(_small_value, args[:MOST_ARGUMENTS]))
    return None


def _small_value(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float) else safe_text(value)[:SHOWN]


def _beginning_with(what: str, args: Any) -> Any:
    """Arguments with something said before the first text among them."""
    items = args.items() if isinstance(args, dict) else enumerate(args or ())
    first = next((name for name, value in items if isinstance(value, str)), None)
    if first is None:
        return args
    if isinstance(args, dict):
        return {**args, first: f"{what}{args[first]}"}
    return (*args[:first], f"{what}{args[first]}", *args[first + 1 :])


class HoldingFilter(logging.Filter):
    """A filter that tells what it holds back.

    Args:
        tell_every: seconds from the first record that is held back to the record that tells of it.
    """

    def __init__(self, tell_every: float = TELL_EVERY) -> None:
        super().__init__()
        self._tell_every = positive("tell_every", tell_every)
        self._guard = threading.RLock()
        self._held: dict[Hashable, Held] = {}
        fork.watch(self)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether ``record`` passes."""
        if _MARK in record.__dict__:
            return True
        try:
            passes, to_tell = self._decide(record, real_time.monotonic())
        except Exception:  # an unhashable or broken message: rather too much than too little
            return True
        self._send(to_tell)
        return passes

    def _decide(self, record: logging.LogRecord, now: float) -> tuple[bool, list[logging.LogRecord]]:
        """Whether a record passes, and what is told before it."""
        raise NotImplementedError

    def _hold(self, key: Hashable, record: logging.LogRecord, now: float) -> None:
        """Count a record; to be called under the guard."""
        held = self._held.get(key)
        if held is None:
            held = self._held[key] = Held(now)
            if self not in _waiting:
                _waiting.add(self)
                background.watch(self)
        held.add(record)

    def _take(self, keys: Iterable[Hashable], now: float) -> list[logging.LogRecord]:
        """What tells of these kinds, which count from nothing again; to be called under the guard."""
        taken = [self._held.pop(key) for key in list(keys) if key in self._held]
        if not self._held and self in _waiting:
            _waiting.discard(self)
            background.unwatch(self)
        return [held.as_record(now) for held in taken]

    def tick(self) -> None:
        """Tell what has waited long enough; called each second by a thread."""
        now = real_time.monotonic()
        with self._guard:
            due = [key for key, held in self._held.items() if now - held.since >= self._tell_every]
            to_tell = self._take(due, now)
        self._send(to_tell)

    def tell(self) -> None:
        """Tell of everything that is held back and was not told yet."""
        with self._guard:
            to_tell = self._take(self._held, real_time.monotonic())
        self._send(to_tell)

    def _send(self, records: list[logging.LogRecord]) -> None:
        """Hand records to whatever this filter filters; never under the guard, as handlers may log."""
        for record in records:
            owners = list(_owners(self))
            for owner in owners:
                if isinstance(owner, logging.Logger):
                    owner.callHandlers(record)
                else:
                    owner.handle(record)
            if not owners:  # a handler behind another one, such as that of a MemoryHandler
                logging.getLogger(record.name).callHandlers(record)

    def forget(self) -> None:
        """In a forked child: what was held back before is the parent's to tell."""
        self._guard = threading.RLock()
        self._held = {}
        _waiting.discard(self)


def _owners(one: logging.Filter) -> Iterator[logging.Handler | logging.Logger]:
    """Handlers and loggers that have this filter."""
    known: dict[int, logging.Handler] = {}
    loggers = [logging.getLogger(), *(x for x in list(logging.root.manager.loggerDict.values()))]
    for logger in loggers:
        if isinstance(logger, logging.Logger):
            if one in logger.filters:
                yield logger
            known.update((id(handler), handler) for handler in logger.handlers)
    for handler in known.values():
        if one in handler.filters:
            yield handler


def tell_all() -> None:
    """Tell what every filter holds back: at the end of a run, and of the process."""
    for one in list(_waiting):
        one.tell()


def positive(name: str, value: Any) -> float:
    """A number above 0.

    Raises:
        WrongTypeError: it is no number.
        WrongValueError: it is not above 0.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongTypeError(f"{name} must be a number, not {type(value).__name__}: {value!r}")
    if not value > 0:
        raise WrongValueError(f"{name} must be above 0, not {value!r}")
    return float(value)


atexit.register(tell_all)
