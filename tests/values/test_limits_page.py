"""docs/limits.md and runlog/limits.py say the same."""

from __future__ import annotations

import importlib
import re

import pytest

from runlog import limits

ELSEWHERE = {
    "MAX_REPR": "handlers.record_payload",
    "MAX_DEPTH": "handlers.record_payload",
    "MAX_FRAMES": "handlers.tracebacks",
    "MAX_CHAIN": "handlers.tracebacks",
    "DEEPEST": "exception_info",
    "MAX_TRACEBACK": "lifecycle.verdicts",
    "PROLOGUE_RECORDS": "lifecycle.prologue",
    "HEARTBEAT_LIMIT": "journal.liveness",
    "MAX_CHARACTERS": "query.parse",
    "RETRY_FOR": "watching.outbox",
    "LONGEST_DELAY": "watching.outbox",
    "TIMEOUT": "watching.command",
}
"""Limits that stand in the module that they bound."""
NUMBER = re.compile(r"([\d,]+)[^|,\d]*? \(`([A-Z_]+)`\)")
NAMED = re.compile(r"([\d,]+) characters \(`([A-Z_]+)`\)")


@pytest.fixture
def page(repository):
    return (repository / "docs" / "limits.md").read_text(encoding="utf-8")


def test_a_number_on_the_page_is_the_number_in_the_code(page):
    named = [(number, name) for number, name in NAMED.findall(page) if name not in ELSEWHERE]
    assert named
    assert [(name, int(number.replace(",", ""))) for number, name in named] == [
        (name, getattr(limits, name)) for _, name in named
    ]


def test_every_limit_on_length_stands_on_the_page(page):
    in_code = {name for name in vars(limits) if name.endswith("_CHARACTERS")}
    assert in_code == {name for _, name in NAMED.findall(page)} - ELSEWHERE.keys()


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_a_limit_that_a_module_sets_is_the_number_on_the_page(page, name):
    stated = {int(number.replace(",", "")) for number, one in NUMBER.findall(page) if one == name}
    assert stated == {getattr(importlib.import_module(f"runlog.{ELSEWHERE[name]}"), name)}
