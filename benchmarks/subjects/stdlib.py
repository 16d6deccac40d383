"""The standard library's own handlers."""

from __future__ import annotations

import logging
from logging.handlers import QueueHandler
from pathlib import Path
from queue import Empty, SimpleQueue

from benchmarks.statement import Statement

INFO = 'log.info("batch %d of %d", i, 1000)'
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def logger_with(name: str, handler: logging.Handler | None, level: int = logging.INFO) -> logging.Logger:
    """A logger that hands its records to this handler and to nobody else."""
    logger = logging.getLogger(f"benchmarks.{name}")
    logger.setLevel(level)
    logger.propagate = False
    logger.handlers[:] = [handler] if handler is not None else []
    return logger


def info_into(name: str, handler: logging.Handler) -> Statement:
    """``logger.info`` with two arguments into a handler."""
    return Statement(INFO, {"log": logger_with(name, handler)})


def handlers(folder: Path) -> dict[str, Statement]:
    """NullHandler, FileHandler (bare, and with the usual format) and QueueHandler."""
    formatted = logging.FileHandler(folder / "formatted.log")
    formatted.setFormatter(logging.Formatter(FORMAT))
    return {
        "NullHandler": info_into("null", logging.NullHandler()),
        "FileHandler": info_into("file", logging.FileHandler(folder / "plain.log")),
        "FileHandler, asctime level name": info_into("formatted", formatted),
        "QueueHandler into SimpleQueue": _queue(),
    }


def calls() -> dict[str, Statement]:
    """A function that does nothing, which tells how fast the machine is, and a call below the logger's level."""

    def nothing(name: str, value: float) -> None:
        pass

    logger = logger_with("disabled", logging.NullHandler())
    return {
        "an empty call": Statement('nothing("loss", 0.25)', {"nothing": nothing}),
        "logger.debug, disabled": Statement('log.debug("batch %d of %d", i, 1000)', {"log": logger}),
    }


def _queue() -> Statement:
    """A queue that is emptied, untimed, after each slice: what the caller pays, without the listener's thread."""
    queue: SimpleQueue[logging.LogRecord] = SimpleQueue()

    def drain() -> None:
        try:
            while True:
                queue.get_nowait()
        except Empty:
            return

    return Statement(INFO, {"log": logger_with("queue", QueueHandler(queue))}, settle=drain)
