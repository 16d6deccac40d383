"""A run's folder, and a copy of it."""

from __future__ import annotations

import pytest

from runlog.journal.mirror import Mirror


@pytest.fixture
def original(tmp_path):
    return tmp_path / "original" / "run"


@pytest.fixture
def mirror(tmp_path):
    (tmp_path / "copy" / "run").mkdir(parents=True)
    return Mirror(tmp_path / "copy" / "run")
