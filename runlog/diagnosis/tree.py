"""The tree of loggers in a few lines: those that somebody set something on."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from runlog.diagnosis.trial import describe_filter
from runlog.diagnosis.words import level_name
from runlog.handlers.call_handlers import handlers_of
from runlog.handlers.metrics_logger import OFF
from runlog.handlers.provenance import is_closed
from runlog.handlers.record_payload import METRICS_LOGGER

MOST = 50
"""Loggers shown; a program may have thousands."""


def tree_lines() -> list[str]:
    """The loggers that have a level, a handler or a filter, or keep their records, by name; root first."""
    named = sorted(
        (one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)),
        key=lambda one: one.name,
    )
    told = [one for one in named if _is_set_up(one)]
    lines = [line for one in (logging.root, *told[:MOST]) for line in _lines(one)]
    if len(told) > MOST:
        lines.append(f"... and {len(told) - MOST} more loggers")
    disabled = logging.root.manager.disable
    if disabled:
        lines.insert(0, f"logging.disable({level_name(disabled)})")
    return lines


def _is_set_up(logger: logging.Logger) -> bool:
    if logger.name == METRICS_LOGGER and logger.level == OFF:
        return bool(handlers_of(logger))
    return bool(logger.level or handlers_of(logger) or logger.filters or logger.disabled or not logger.propagate)


def _lines(logger: logging.Logger) -> Iterator[str]:
    facts = [level_name(logger.level)] if logger.level or logger is logging.root else []
    facts += ["disabled"] if logger.disabled else []
    facts += ["propagate=False"] if not logger.propagate else []
    facts += map(describe_filter, logger.filters)
    inside = "" if logger is logging.root else "  "
    yield inside + " ".join([logger.name, *facts])
    for handler in handlers_of(logger):
        parts = [_shown(handler), *map(describe_filter, handler.filters)]
        parts += ["closed"] if is_closed(handler) else []
        yield f"{inside}  -> {' '.join(parts)}"


def _shown(handler: logging.Handler) -> str:
    try:
        return repr(handler)
    except Exception:  # a handler of somebody else, half made or half closed
        return f"<{type(handler).__name__} ({level_name(handler.level)})>"
