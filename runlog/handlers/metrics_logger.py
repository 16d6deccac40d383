"""The logger on which metrics appear when somebody asks to see them."""

from __future__ import annotations

import logging

from runlog.handlers.record_payload import METRICS_LOGGER

OFF = logging.CRITICAL + 1
"""The level of the logger until somebody gives it another: no metric becomes a record, even with root at DEBUG."""


def metrics_logger() -> logging.Logger:
    """The logger of metrics, off until a configuration gives it a level or a console asks for metrics.

    Its records carry ``metrics``, a dict of name and value, and ``step``, an int or None.
    """
    logger = logging.getLogger(METRICS_LOGGER)
    if logger.level == logging.NOTSET:
        logger.setLevel(OFF)
    return logger


metrics_logger()
