"""Each test has the process's redactor as the process begins with it."""

from __future__ import annotations

import pytest

from runlog.redaction import process


@pytest.fixture(autouse=True)
def own_redactor(monkeypatch):
    monkeypatch.setattr(process, "_told", process._Told())
    monkeypatch.delenv("RUNLOG_REDACT", raising=False)
    process._build()
    yield
    monkeypatch.undo()
    process._build()
