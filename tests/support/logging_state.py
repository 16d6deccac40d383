"""What reaches the root logger, and the state of `logging` around a test."""

from __future__ import annotations

import logging

from runlog.testing.logging_state import kept_logging_state

__all__ = ["Heard", "kept_logging_state"]


class Heard(logging.Handler):
    """Keeps every record it gets, for a test that asks what was logged."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    @property
    def messages(self) -> list[str]:
        return [record.getMessage() for record in self.records]
