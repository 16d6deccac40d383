"""What doctor finds: one line for each thing that was looked at, with a remedy where it is not as it should be."""

from __future__ import annotations

from typing import NamedTuple

WARN = "WARN"
OK = "OK"


class Finding(NamedTuple):
    """One thing that was looked at."""

    subject: str
    text: str
    remedy: str = ""
    """What to do; empty where nothing is wrong."""

    @property
    def verdict(self) -> str:
        """``OK`` or ``WARN``."""
        return WARN if self.remedy else OK

    def as_json(self) -> dict[str, object]:
        """The finding as JSON has it."""
        return {"verdict": self.verdict, **self._asdict()}
