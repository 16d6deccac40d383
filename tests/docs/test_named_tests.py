"""Pages that answer complaints name tests that exist; that they pass is shown by their being in this suite.

Those of large packages are run by `make test-integrations`.
"""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from support import documents
from support.scripts import clean_environment

PAGES = {"azureml-traps.md": 80, "integrations.md": 20, "logging-complaints.md": 60}
"""Each with the number of tests that it names at least."""
TEST = re.compile(r"`(tests/[^`]+?\.py::[^`]+)`")
ROW = re.compile(r"^\| (?!trap |complaint |what |---)(.+) \|$", re.MULTILINE)


@pytest.fixture(scope="module", params=PAGES)
def page(request):
    return request.param


@pytest.fixture(scope="module")
def text(page):
    return (documents.ROOT / "docs" / page).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def named(text):
    return TEST.findall(text)


@pytest.fixture(scope="module")
def collected(named):
    """The tests in the named files, with their parameters and without."""
    files = sorted({one.partition("::")[0] for one in named})
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "-m",
        "",
        "-p",
        "no:randomly",
        "-p",
        "no:xdist",
        *files,
    ]
    done = subprocess.run(
        command, cwd=documents.ROOT, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    lines = [line for line in done.stdout.splitlines() if "::" in line]
    return set(lines) | {line.partition("[")[0] for line in lines}


def test_each_named_test_exists(page, named, collected):
    assert len(named) > PAGES[page]
    assert [one for one in named if one not in collected] == []


def test_each_row_names_a_test_or_says_why_it_cannot_apply(text):
    bare = [row for row in ROW.findall(text) if not TEST.search(row)]
    assert [row for row in bare if "| can't apply: " not in row] == []


def test_no_named_test_is_left_out_of_the_suite(named):
    """A test that is skipped or expected to fail shows nothing."""
    left_out = re.compile(r"@pytest\.mark\.(skip|skipif|xfail)\b")
    for file in {one.partition("::")[0] for one in named}:
        text = (documents.ROOT / file).read_text(encoding="utf-8")
        for name in {one.partition("::")[2].partition("[")[0] for one in named if one.startswith(f"{file}::")}:
            before = text.partition(f"def {name}(")[0].rpartition("\n\n\n")[2]
            assert not left_out.search(before), name
