"""Logging libraries beside the standard one, each writing to a file."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from benchmarks.statement import Statement

from .stdlib import FORMAT, info_into


def statements(folder: Path) -> tuple[dict[str, Statement], dict[str, str]]:
    """Statements of the libraries that are installed, and the reason for each that isn't."""
    makers: dict[str, Callable[[Path], Statement]] = {
        "python-json-logger, FileHandler": _python_json_logger,
        "structlog, JSON bytes to a file": _structlog,
        "loguru to a file": _loguru,
    }
    found: dict[str, Statement] = {}
    missing: dict[str, str] = {}
    for name, make in makers.items():
        try:
            found[name] = make(folder)
        except ImportError as reason:
            missing[name] = str(reason)
    return found, missing


def _python_json_logger(folder: Path) -> Statement:
    from pythonjsonlogger.json import JsonFormatter

    handler = logging.FileHandler(folder / "lines.jsonl")
    handler.setFormatter(JsonFormatter(FORMAT))
    return info_into("json", handler)


def _structlog(folder: Path) -> Statement:
    """The configuration that structlog's performance page recommends, with msgspec as the encoder."""
    import msgspec
    import structlog

    logger = structlog.wrap_logger(
        structlog.BytesLogger((folder / "structlog.jsonl").open("wb")),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=lambda event, **_: msgspec.json.encode(event)),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    ).bind()
    return Statement('log.info("batch", number=i, of=1000)', {"log": logger})


def _loguru(folder: Path) -> Statement:
    from loguru import logger

    logger.remove()
    logger.add(folder / "loguru.log", format="{time} {level} {name}: {message}")
    return Statement('log.info("batch {} of {}", i, 1000)', {"log": logger})
