"""The console handler: coloured lines on stderr, whole progress bars, folded metrics."""

from __future__ import annotations

import atexit
import functools
import logging
import sys
import weakref
from typing import TYPE_CHECKING, Any

from runlog.handlers.colours import wants_colours
from runlog.handlers.complaints import CountedErrors
from runlog.handlers.console_formatter import ConsoleFormatter
from runlog.handlers.echoes import is_echo, showing
from runlog.handlers.metric_lines import MetricFold, MetricRelay, is_metric, subscribe, unsubscribe
from runlog.handlers.own_layout import OwnLayout
from runlog.handlers.progress_bars import around_bars
from runlog.handlers.redacted_records import line_without_secrets
from runlog.handlers.shown_records import shown_line
from runlog.handlers.text_formatter import Style

if TYPE_CHECKING:
    _StreamHandler = logging.StreamHandler[Any]
else:
    _StreamHandler = logging.StreamHandler  # takes no type before Python 3.11


class ConsoleHandler(CountedErrors, OwnLayout, _StreamHandler):
    r"""Shows records on a terminal or in a notebook.

    A ``logging.StreamHandler`` that looks ``sys.stderr`` up for each record, as logging's last resort does, so that it
    follows a redirected stderr; colours lines where the stream shows colours; keeps tqdm's bars whole; and never
    raises: what could not be written is counted in ``dropped``.

    Metrics, which appear as records of the logger ``runlog.metrics``, are folded to one line a second with the latest
    value of each. The last fold is shown at the next record after that second, at ``flush``, ``close`` and exit.

    Control characters in records never reach the terminal: they are written out (``\x1b``). Of a text of several lines
    all but the first are indented, so that none of them can pass for another record.

    Args:
        stream: Where to write; ``sys.stderr`` of the moment if None.
        level: The least level shown.
        metrics: Show metrics, whatever ``level`` is. They cost a record for each ``run.log`` then.
        format: A format for :class:`ConsoleFormatter`. Without one, the handler has its own layout until a formatter is
            set: by ``setFormatter``, by a configuration, or by ``logging.basicConfig(format=...)``.
        datefmt: The ``strftime`` format of the time.
        style: The style of ``format``: ``%``, ``{`` or ``$``.
        raw: Show records as they are, with the control characters and lines in them.

    Raises:
        ValueError: ``format`` does not fit ``style``, as for ``logging.Formatter``.
    """

    terminator = "\n"

    def __init__(
        self,
        stream: Any = None,
        level: int | str = logging.NOTSET,
        *,
        metrics: bool = False,
        format: str | None = None,  # noqa: A002 - as for logging.basicConfig
        datefmt: str | None = None,
        style: Style = "%",
        raw: bool = False,
    ) -> None:
        self._stream = stream
        self._coloured: tuple[Any, bool] = (None, False)
        self._fold = MetricFold()
        self._relay: MetricRelay | None = None
        self._datefmt = datefmt
        self._layout = self._make_layout(None)
        logging.Handler.__init__(self, level)
        self.metrics = metrics
        self.raw = raw
        self._exit_hook = False
        if format is not None:
            self.setFormatter(ConsoleFormatter(format, datefmt, style))
        if metrics:
            self._subscribe()

    @property
    def stream(self) -> Any:
        """The stream that the next record goes to."""
        return sys.stderr if self._stream is None else self._stream

    @stream.setter
    def stream(self, stream: Any) -> None:
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        """Write ``record``; a metric waits for its second to be over."""
        if is_echo(record):
            return
        if is_metric(record):
            if self._relay is None:
                self.take_metric(record)
            return
        if self.metrics and self._relay is None:
            self._subscribe()  # somebody's dictConfig closed this handler and left it where it was
        try:
            if self._fold.due:
                self._show_fold()
            self._write(self.format(record), record)
        except Exception:
            self.handleError(record)

    def take_metric(self, record: logging.LogRecord) -> None:
        """Fold a metric in, and write the line if it is time to."""
        self.acquire()
        try:
            self._fold.add(record)
            self._show_at_exit()
            if self._fold.due:
                self._show_fold()
        except Exception:
            self.handleError(record)
        finally:
            self.release()

    def format(self, record: logging.LogRecord) -> str:
        """The text of ``record`` without its secrets, coloured where the stream of the moment shows colours."""
        layout, render = self.layout, self._format
        if isinstance(layout, ConsoleFormatter):
            render = functools.partial(layout.render, coloured=self._is_coloured(layout))
        return line_without_secrets(record, render) if self.raw else shown_line(record, render)

    def _make_layout(self, datefmt: str | None) -> logging.Formatter:
        return ConsoleFormatter(datefmt=self._datefmt or datefmt)

    def flush(self) -> None:
        """Write the metrics that wait for their second to be over, and flush the stream."""
        self.acquire()
        try:
            self._show_fold()
            if hasattr(self.stream, "flush"):
                self.stream.flush()
        except (OSError, ValueError):  # a closed stream has nothing left to flush
            return
        finally:
            self.release()

    def close(self) -> None:
        """Show what waits and stop listening to metrics; a record that comes later is shown all the same."""
        self.flush()
        relay, self._relay = self._relay, None
        if relay is not None:
            unsubscribe(relay)
        super().close()

    def _subscribe(self) -> None:
        self._relay = MetricRelay(self)
        subscribe(self._relay)

    def _is_coloured(self, formatter: ConsoleFormatter) -> bool:
        if formatter.force_color or formatter.no_color:
            return bool(formatter.force_color)
        stream = self.stream
        if self._coloured[0] is not stream:
            self._coloured = (stream, wants_colours(stream))
        return self._coloured[1]

    def _show_fold(self) -> None:
        record = self._fold.take()
        if record is not None:
            try:
                self._write(self.format(record), record)
            except Exception:
                self.handleError(record)

    def _show_at_exit(self) -> None:
        # logging.shutdown forgets a handler that a dictConfig has closed, so it can't be relied on for the last line.
        if not self._exit_hook:
            self._exit_hook = True
            atexit.register(_flush_if_alive, weakref.ref(self))

    def _write(self, text: str, record: logging.LogRecord) -> None:
        stream = self.stream
        if stream is None:  # pythonw and daemons have no stderr
            return
        with around_bars(stream), showing(text + self.terminator, record, stream):
            _write_encoded(stream, text + self.terminator)
            stream.flush()


def _write_encoded(stream: Any, text: str) -> None:
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = getattr(stream, "encoding", None) or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def _flush_if_alive(reference: weakref.ref[ConsoleHandler]) -> None:
    handler = reference()
    if handler is not None:
        handler.flush()
