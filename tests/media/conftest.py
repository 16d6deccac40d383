"""Runs that media are logged to."""

from __future__ import annotations

import pytest

from runlog import Experiment


@pytest.fixture
def run(workspace):
    run = Experiment(workspace, "media").start_logging(
        outputs=False, capture_system=False
    )  # the blobs are those of the test
    yield run
    run.complete()


@pytest.fixture
def pyplot():
    import matplotlib.pyplot as plt

    yield plt
    plt.close("all")
