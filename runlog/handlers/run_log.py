"""The handler that writes log records to the run log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import Any
from weakref import WeakSet

import msgspec

from runlog import context
from runlog.handlers.record_parts import encode_parts
from runlog.handlers.record_payload import (
    KNOWN_FIELDS,
    LOG_EVENT,
    METRICS_LOGGER,
    SOURCE_EVENT,
    STANDARD_COUNT,
    encode_values,
    set_fields,
)
from runlog.handlers.tracebacks import FrameFields, Place, all_frames, exception_fields, source_lines
from runlog.journal import background, clock
from runlog.journal.clock import now
from runlog.journal.format import EVENT_MAX_PAYLOAD
from runlog.journal.real_time import monotonic_ns
from runlog.redaction import process as redaction


class RunLogHandler(logging.Handler):
    """Writes records to the current run, or outside any run to the process's own journal.

    What a returned call wrote survives a ``kill -9``. The handler takes no lock, never waits for the network and never
    raises into the caller. It keeps working after :meth:`close`, which ``logging.config.dictConfig`` calls on every
    handler it finds. A record that reaches two such handlers is written once. ``extra={"metrics": {...}, "step": n}``
    on a record logs these metrics too.
    """

    _is_direct: bool
    """Whether no other such handler may see the same record, and no subclass has its own ``emit``."""

    def __init__(self, level: int | str = logging.NOTSET) -> None:
        """Nothing is created on disk before the first record.

        Args:
            level: the lowest level to write.
        """
        super().__init__(level)
        self._is_direct = False
        self._take_part(wanted=True)

    def _take_part(self, *, wanted: bool) -> None:
        """Count as a handler that may see records, or no more: only one that is alone may take the short way."""
        (_handlers.add if wanted else _handlers.discard)(self)
        for handler in _handlers:
            handler._is_direct = len(_handlers) == 1 and type(handler).emit is RunLogHandler.emit

    def handle(self, record: logging.LogRecord) -> Any:
        """Filter and write a record, as :meth:`logging.Handler.handle` does, but without the handler's lock."""
        if self.filters:
            passed: Any = self.filter(record)  # since Python 3.12 a filter may return another record
            if not passed:
                return passed
            if _mark_passed:
                record.__dict__[PASSED] = True
            if isinstance(passed, logging.LogRecord):
                record = passed
        fields = record.__dict__
        target = context.sole
        if (
            target is not None
            and self._is_direct
            and (len(fields) == STANDARD_COUNT or fields.keys() <= KNOWN_FIELDS)
            and type(template := fields["msg"]) is str
            and fields["stack_info"] is None
            and not fields["exc_info"]
        ):
            try:
                args = fields["args"]
                message = template % args if args else None
                known = redaction.templates
                as_it_is = known is None
                if args and known is not None and template in known.harmless:
                    for one in args:
                        if type(one) is not int and type(one) is not float:
                            break
                    else:
                        as_it_is = True
                if (as_it_is or known is None or known.passes(template, args, message)) and target.append_log(
                    encode_values((monotonic_ns() + clock.anchor_ns, message, set_fields(fields)))
                ):
                    return record
            except Exception:  # the long way copes with it, or reports it
                self.emit(record)
                return record
        self.emit(record)
        return record

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record. A fault goes to :meth:`logging.Handler.handleError`."""
        try:
            if record.name == METRICS_LOGGER or _is_second_visit(record):
                return
            exception = exception_fields(record.exc_info) if record.exc_info else None
            frames = () if exception is None else all_frames(exception)
            payload = redaction.clean_log(*encode_parts(record, exception, frames))
            target = context.current() or context.process_target()
            if not _write(target, payload) and not target.is_open:  # it ended between the look and the write
                _write(context.current() or context.process_target(), payload)
            if frames:
                _keep_source(target, frames)
            if "metrics" in record.__dict__:
                _log_metrics(target, record)
        except Exception:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Print the error that is being handled, as :class:`logging.Handler` does. Never raises.

        When the interpreter has taken its modules apart, nothing can be imported: neither to write a record that a
        finalizer logs then, nor to print why not.
        """
        if getattr(sys, "meta_path", None) is None:
            return
        try:
            super().handleError(record)
        except Exception:  # the text of what failed may fail, too
            if sys.stderr is not None:
                sys.stderr.write(f"runlog: a record of {record.name!r} could not be written, nor the reason be told\n")


_handlers: WeakSet[RunLogHandler] = WeakSet()
_mark_passed = False
PASSED = "_runlog_passed"
"""Stands in a record that came through the filters of a handler, where somebody asks for that."""
_kept_sources: dict[str, set[Place | FrameFields]] = {}
"""Places whose source lines a target has, and the frames that were looked at for them."""


def mark_passed(*, wanted: bool) -> None:
    """Have handlers with filters mark the records that come through them, or no more."""
    global _mark_passed
    _mark_passed = wanted


def _write(target: context.Target, payload: bytes) -> bool:
    if len(payload) > EVENT_MAX_PAYLOAD:
        return target.write_event(LOG_EVENT, payload)
    return target.append_log(payload)


def _is_second_visit(record: logging.LogRecord) -> bool:
    """Whether a record was marked before; it is marked where more than one handler may see it."""
    if "_runlog_written" in record.__dict__:
        return True
    if len(_handlers) > 1:
        record.__dict__["_runlog_written"] = True
    return False


def _log_metrics(target: context.Target, record: logging.LogRecord) -> None:
    metrics = record.__dict__["metrics"]
    if isinstance(metrics, dict) and metrics:
        target.log_metrics(metrics, record.__dict__.get("step"))


def _keep_source(target: context.Target, frames: Sequence[FrameFields]) -> None:
    """Have the source lines of frames written in the background, each once for each target."""
    kept = _kept_sources.setdefault(target.id, set())
    if kept.issuperset(frames):
        return
    wanted = {(path, line) for path, line, _, _ in frames} - kept
    kept.update(frames, wanted)
    if not wanted:
        return

    def write() -> None:
        for path, lines in source_lines(wanted).items():
            target.write_event(SOURCE_EVENT, msgspec.msgpack.encode({"time": now(), "path": path, "lines": lines}))

    background.ask(write)
