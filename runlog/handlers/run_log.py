"""The handler that writes log records to the run log."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Sequence
from typing import Any
from weakref import WeakSet

import msgspec

from runlog import context
from runlog.handlers.extra_fields import STANDARD_COUNT, STANDARD_FIELDS, WRITTEN, adds_nothing
from runlog.handlers.record_message import usual_message
from runlog.handlers.record_metrics import log_numbers
from runlog.handlers.record_parts import encode_parts
from runlog.handlers.record_payload import LOG_EVENT, METRICS_LOGGER, SOURCE_EVENT, encode_values, set_fields
from runlog.handlers.tracebacks import FrameFields, Place, all_frames, exception_of, source_lines
from runlog.journal import background, clock, fork
from runlog.journal.clock import now
from runlog.journal.format import EVENT_MAX_PAYLOAD
from runlog.journal.real_time import monotonic_ns
from runlog.redaction import process as redaction


class RunLogHandler(logging.Handler):
    """Writes records to the current run, or outside any run to the process's own journal.

    What a returned call wrote survives a ``kill -9``. The handler takes no lock, never waits for the network and never
    raises into the caller. It keeps working after :meth:`close`, which ``logging.config.dictConfig`` calls on every
    handler it finds. A record that reaches two such handlers is written once, also where the second is in another
    process. ``extra={"metrics": {...}, "step": n}`` on a record logs the numbers among these as metrics, too.
    """

    _is_direct: bool
    """Whether no subclass has its own ``emit``."""
    dropped: int = 0
    """How many records this handler could not write."""

    def __init__(self, level: int | str = logging.NOTSET) -> None:
        """Nothing is created on disk before the first record.

        Args:
            level: the lowest level to write.
        """
        super().__init__(level)
        self._is_direct = type(self).emit is RunLogHandler.emit
        self._take_part(wanted=True)

    def _take_part(self, *, wanted: bool) -> None:
        """Count as a handler that may see records, or no more: where there are several, records are marked."""
        global _seen
        (_handlers.add if wanted else _handlers.discard)(self)
        _seen = None

    def handle(self, record: logging.LogRecord) -> Any:
        """Filter and write a record, as :meth:`logging.Handler.handle` does, but without the handler's lock."""
        if self.filters:
            passed: Any = self.filter(record)  # since Python 3.12 a filter may return another record
            if not passed:
                return passed
            if isinstance(passed, logging.LogRecord):
                record = passed
        fields = record.__dict__
        if WRITTEN in fields and (fields[WRITTEN] is _mark or _is_kept(record)):
            return record
        target = context.sole
        try:
            if (
                target is not None
                and self._is_direct
                and (len(fields) == STANDARD_COUNT or adds_nothing(fields))
                and type(template := fields["msg"]) is str
                and fields["stack_info"] is None
                and not fields["exc_info"]
                and not fields["exc_text"]
                and type(record).getMessage is usual_message
            ):
                args = fields["args"]
                message = template % args if args else None
                known = redaction.templates
                as_it_is = known is None and (not args or type(args) is tuple)
                if args and known is not None and template in known.harmless and type(args) is tuple:
                    for one in args:
                        if type(one) is not int and type(one) is not float:
                            break
                    else:
                        as_it_is = True
                if as_it_is or (known is not None and known.passes(template, args, message)):
                    payload = encode_values((monotonic_ns() + clock.anchor_ns, message, set_fields(fields)))
                    if target.append_log(payload) or not _ended_meanwhile(target):
                        if target is not _seen:
                            _look_at(target)
                        if _mark is not None:
                            fields[WRITTEN] = _mark
                        return record
        except Exception:  # the long way copes with it, or reports it
            self.emit(record)
            return record
        self.emit(record)
        return record

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record. A fault goes to :meth:`handleError`."""
        try:
            if record.name == METRICS_LOGGER or (WRITTEN in record.__dict__ and _is_kept(record)):
                return
            logged = record if type(record.msg) is str else _without_structlog(record)
            exception = exception_of(logged)
            frames = () if exception is None else all_frames(exception)
            payload = redaction.clean_log(*encode_parts(logged, exception, frames))
            target = context.current() or context.process_target()
            if not _write(target, payload) and _ended_meanwhile(target):
                target = context.current() or context.process_target()
                _write(target, payload)
            _look_at(target)
            if _mark is not None:
                record.__dict__[WRITTEN] = _mark
            if frames:
                _keep_source(target, frames)
            if "metrics" in logged.__dict__:
                log_numbers(target, logged)
        except Exception:
            if not self._emit_completed(record):
                self.handleError(record)

    def _emit_completed(self, record: logging.LogRecord) -> bool:
        """Write a record that lacks attributes, with what stands for them. False: this one lacks none."""
        if record.__dict__.keys() >= STANDARD_FIELDS:
            return False
        completed = logging.LogRecord("", logging.NOTSET, "", 0, "", (), None)
        completed.__dict__.update(record.__dict__)
        self.emit(completed)
        return True

    def handleError(self, record: logging.LogRecord) -> None:
        """Count ``record`` as dropped and print the error that is being handled, if it is time to. Never raises.

        It is told for the 1st, 10th, 100th, ... time, as by all of runlog's handlers. When the interpreter has taken
        its modules apart, nothing can be imported: neither to write a record that a finalizer logs then, nor to print
        why not.
        """
        error = sys.exc_info()[1]
        if getattr(sys, "meta_path", None) is None or _telling.errors or error is None:
            return
        _telling.errors = True  # what is printed may come back as a record, if sys.stderr is a stream that logs
        try:
            from runlog.handlers.complaints import complain

            self.dropped += 1
            complain(self, record, error, "could not write a record")
        except Exception:  # the text of what failed may fail, too
            if sys.stderr is not None:
                sys.stderr.write(f"runlog: a record of {record.name!r} could not be written, nor the reason be told\n")
        finally:
            _telling.errors = False


class _Telling(threading.local):
    errors = False


_telling = _Telling()
_handlers: WeakSet[RunLogHandler] = WeakSet()
_seen: context.Target | None = None
"""The target that :data:`_mark` is for."""
_mark: str | None = None
_marks: set[object] = set()
"""What this process has marked records with. A process's number says less: those of containers are alike."""
_kept_sources: dict[str, set[Place | FrameFields]] = {}
"""Places whose source lines a target has, and the frames that were looked at for them."""


def _write(target: context.Target, payload: bytes) -> bool:
    if len(payload) > EVENT_MAX_PAYLOAD:
        return target.write_event(LOG_EVENT, payload)
    return target.append_log(payload)


def _ended_meanwhile(target: context.Target) -> bool:
    """Whether a target that did not keep a record ended before it was written; then it goes elsewhere, and is no loss.

    Else it is lost, and was counted.
    """
    if target.is_open:
        return False
    target.take_back_loss()
    return True


def mark(record: logging.LogRecord) -> None:
    """Have no other handler write a record to the run that is current here, in whichever process."""
    target = context.current()
    run: object = True if target is None else target.id
    _marks.add(run)
    record.__dict__[WRITTEN] = run


def _without_structlog(record: logging.LogRecord) -> logging.LogRecord:
    """The record as it would be if its message, an event of structlog, had been rendered; any other as it is."""
    from runlog.handlers.structlog_events import as_logged, is_event

    return as_logged(record) if is_event(record) else record


def _is_kept(record: logging.LogRecord) -> bool:
    """Whether a marked record stands in the run already. One of another process may have gone to another run."""
    marked = record.__dict__[WRITTEN]
    if marked is True or marked in _marks:
        return True
    target = context.current()
    return target is not None and target.id == marked


def _look_at(target: context.Target) -> None:
    """Know what records of a target are marked with: where no other handler may see them, they are left as they are.

    Other processes hand records on to the one that owns the run: by a queue, a socket, or a library's own way.
    """
    global _seen, _mark
    if target is not _seen:
        is_seen_again = len(_handlers) > 1 or target._is_guest
        _mark = target.id if is_seen_again else None
        _marks.add(_mark)
        _seen = target


def _forget_target() -> None:
    global _seen
    _seen = None


fork.in_child(_forget_target)


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
