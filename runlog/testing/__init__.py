"""A real run for unit tests of code that logs, kept in a place that vanishes afterwards.

    with runlog.testing.capture_run() as run:
        train()
        assert run.get_metrics()["loss"][-1] < 0.1

With pytest installed, the fixture ``runlog_run`` is the same without an import.
"""

from __future__ import annotations

from runlog.testing.capture import capture_run

__all__ = ["capture_run"]
