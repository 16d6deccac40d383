"""Handlers with a layout of their own, which gives way to every formatter that a user chooses.

``logging.basicConfig`` gives a formatter to each handler that has none: the user's ``format``, or a usual one where
there is no ``format``. The usual one is no choice of anybody's, so it is told apart: by the very string that it is made
of, which nobody else has a reference to.
"""

from __future__ import annotations

import copy
import logging

from runlog.handlers.filters import run_fields
from runlog.handlers.text_formatter import uses_run_fields


def _own_copies_of_usual_formats() -> list[str]:
    """Give ``basicConfig`` copies of its usual formats: ``format=logging.BASIC_FORMAT`` is then a choice like any."""
    copies = {style: (kind, "".join(usual)) for style, (kind, usual) in logging._STYLES.items()}
    logging._STYLES.update(copies)
    return [usual for _, usual in copies.values()]


_usual_formats = _own_copies_of_usual_formats()


def _is_usual(formatter: logging.Formatter | None) -> bool:
    return type(formatter) is logging.Formatter and any(formatter._fmt is usual for usual in _usual_formats)


class OwnLayout(logging.Handler):
    """A handler whose ``formatter`` is None until a user chooses one, and which has a layout of its own till then.

    After a ``basicConfig`` without ``format``, ``formatter`` is the own layout, for whoever takes a handler's formatter
    over to another handler; ``datefmt`` of that call holds in it.
    """

    _layout: logging.Formatter
    _names_run = False

    def _make_layout(self, datefmt: str | None) -> logging.Formatter:
        """The own layout, with a ``strftime`` format of times in place of the usual one."""
        raise NotImplementedError

    @property
    def layout(self) -> logging.Formatter:
        """What makes lines of records: the formatter that a user chose, else the own layout."""
        return self._layout if self.formatter is None else self.formatter

    def setFormatter(self, fmt: logging.Formatter | None) -> None:
        """Use a formatter; None stands for the own layout."""
        if fmt is not None and _is_usual(fmt):
            if fmt.datefmt:
                self._layout = self._make_layout(fmt.datefmt)
            fmt = self._layout
        self._names_run = uses_run_fields(str(getattr(fmt, "_fmt", "")))
        super().setFormatter(fmt)

    def _format(self, record: logging.LogRecord) -> str:
        """The line of a record. A format may name the run without a ``RunContextFilter``."""
        if not self._names_run or "run_id" in record.__dict__:
            return self.layout.format(record)
        changed = copy.copy(record)
        changed.__dict__.update({**run_fields(), **record.__dict__})
        line = self.layout.format(changed)
        record.exc_text = changed.exc_text
        return line

    def close(self) -> None:
        """Close the handler. ``basicConfig(force=True)`` does, and may choose a format next."""
        if self.formatter is self._layout:
            self.formatter = None
        super().close()
