"""What is told: that a run ended in a certain way, or met a condition."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import msgspec

from runlog.attempts import Attempt
from runlog.json_values import plain_json
from runlog.reading.texts import number_text, utc_text
from runlog.state import RunState
from runlog.watching.condition import Condition
from runlog.watching.judge import Value


@dataclass(frozen=True)
class Alert:
    """One thing that happened to a run. ``value`` and ``step`` belong to a condition on a metric."""

    event: str
    """``end``, ``failed``, ``crashed``, ``not-responding`` or ``condition``."""
    run_id: str
    name: str
    experiment: str
    status: str
    attempt: int
    time_ns: int
    """When it happened: UTC nanoseconds since 1970."""
    error: str = ""
    condition: str = ""
    metric: str = ""
    value: Any = None
    step: int | None = None
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    """The same in every attempt at delivery, so that who receives it twice can tell."""

    @property
    def text(self) -> str:
        """One line for people."""
        who = f"{self.name or self.run_id} ({self.experiment}, {self.run_id})"
        if not self.condition:
            return f"{who} {self.status}{f': {self.error}' if self.error else ''}"
        if self.value is None:
            return f"{who}: {self.condition}"
        at = f" at step {self.step}" if self.step is not None else ""
        return f"{who}: {self.condition}: {number_text(self.value)}{at}"

    def fields(self) -> dict[str, Any]:
        """What JSON has of it: always the same keys, None where they do not apply."""
        return {
            "id": self.id,
            "event": self.event,
            "run_id": self.run_id,
            "name": self.name,
            "experiment": self.experiment,
            "status": self.status,
            "attempt": self.attempt,
            "error": self.error or None,
            "condition": self.condition or None,
            "metric": self.metric or None,
            "value": plain_json(self.value),
            "step": self.step,
            "time": utc_text(self.time_ns),
            "text": self.text,
        }

    def json(self) -> bytes:
        """The fields as JSON in UTF-8."""
        return msgspec.json.encode(self.fields())

    def variables(self) -> dict[str, str]:
        """The fields as environment variables, ``RUNLOG_EVENT_NAME`` and so on; empty where they do not apply."""
        return {
            f"RUNLOG_EVENT_{key.upper()}": ("" if value is None else str(value)).replace("\0", "")
            for key, value in self.fields().items()
        }


def end_alert(event: str, attempt: Attempt, state: RunState, now: int) -> Alert:
    """That a run's attempt ended, or fell silent."""
    return Alert(event=event, time_ns=attempt.end_ns or now, **_of(attempt, state))


def condition_alert(condition: Condition, value: Value | None, time: int, attempt: Attempt, state: RunState) -> Alert:
    """That a run's metric met a condition."""
    return Alert(
        event="condition",
        condition=str(condition),
        metric=condition.metric,
        value=value.value if value is not None else None,
        step=value.step if value is not None else None,
        time_ns=time,
        **_of(attempt, state),
    )


def _of(attempt: Attempt, state: RunState) -> dict[str, Any]:
    error = attempt.error
    return {
        "run_id": state.id,
        "name": state.name,
        "experiment": state.experiment,
        "status": attempt.status,
        "attempt": attempt.number,
        "error": "" if error is None else f"{error.type}: {error.message}" if error.type else error.message,
    }
