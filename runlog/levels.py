"""The level of metrics among the levels of ``logging``."""

from __future__ import annotations

import logging

METRIC = 15
"""Between DEBUG and INFO: a metric is also a log record for whoever wants to see it."""

logging.addLevelName(METRIC, "METRIC")
