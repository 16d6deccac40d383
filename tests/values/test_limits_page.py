"""docs/limits.md and runlog/limits.py say the same."""

from __future__ import annotations

import re

import pytest

from runlog import limits

NAMED = re.compile(r"([\d,]+) characters \(`([A-Z_]+)`\)")


@pytest.fixture
def page(repository):
    return (repository / "docs" / "limits.md").read_text(encoding="utf-8")


def test_a_number_on_the_page_is_the_number_in_the_code(page):
    named = NAMED.findall(page)
    assert named
    assert [(name, int(number.replace(",", ""))) for number, name in named] == [
        (name, getattr(limits, name)) for _, name in named
    ]


def test_every_limit_on_length_stands_on_the_page(page):
    in_code = {name for name in vars(limits) if name.endswith("_CHARACTERS")}
    assert in_code == {name for _, name in NAMED.findall(page)}
