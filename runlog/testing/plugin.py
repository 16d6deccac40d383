"""The plugin that pytest loads where runlog is installed: the fixture ``runlog_run``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from runlog.run import Run


@pytest.fixture
def runlog_run() -> Iterator[Run]:
    """A real run for the time of a test: ``runlog_run.get_metrics()``, ``runlog_run.records()``.

    Its workspace, the variables RUNLOG_* and the state of ``logging`` are the test's own and vanish with it.
    """
    from runlog.testing import capture_run

    with capture_run() as run:
        yield run
