"""The threat model names, for each boundary, tests that exist and are run; who finds a fault is told where to report it."""

from __future__ import annotations

import re

import pytest

from support import documents

PAGE = documents.ROOT / "docs" / "security.md"
POLICY = documents.ROOT / "SECURITY.md"
TEST = re.compile(r"`(tests/[^`]+)`")
BOUNDARIES = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]


def title(boundary):
    return boundary.partition("\n")[0]


@pytest.mark.parametrize("boundary", BOUNDARIES, ids=title)
def test_a_boundary_says_what_is_believed_what_is_checked_and_which_tests_hold_it(boundary):
    for word in ("Believed", "Checked", "Tests"):
        assert boundary.count(f"* **{word}**: ") == 1
    named = TEST.findall(boundary.partition("* **Tests**: ")[2])
    assert named
    assert [one for one in named if not (documents.ROOT / one).is_file()] == []


@pytest.mark.parametrize("boundary", BOUNDARIES, ids=title)
def test_a_named_file_has_tests_that_are_run(boundary):
    for name in TEST.findall(boundary):
        text = (documents.ROOT / name).read_text(encoding="utf-8")
        assert re.search(r"^def test_", text, re.MULTILINE), name
        assert not re.search(r"^pytestmark = .*(skip|xfail)", text, re.MULTILINE), name


def test_the_page_knows_each_boundary_that_there_is():
    wanted = (
        "other users",
        "several people",
        "downloaded",
        "none of ours",
        "server to its client",
        "writer to the server",
        "reader to the server",
        "nobody to the server",
        "web page",
        "content to what shows it",
        "repository",
        "settings files",
        "secrets",
    )
    titles = " / ".join(title(one).lower() for one in BOUNDARIES)
    assert [one for one in wanted if one not in titles] == []


def test_the_policy_says_whom_to_tell_which_versions_and_what_is_promised_and_names_no_address():
    text = POLICY.read_text(encoding="utf-8")
    for heading in ("## Whom to tell", "## Which versions", "## What is promised"):
        assert heading in text
    assert "private vulnerability report" in text
    assert not re.search(r"\S@\S|https?:", text)
    assert "(docs/security.md)" in text


def test_both_are_found_from_where_people_begin():
    assert "(SECURITY.md)" in (documents.ROOT / "README.md").read_text(encoding="utf-8")
    assert "(security.md)" in (documents.ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert "security.md" in (documents.ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert "SECURITY.md" in (documents.ROOT / "MANIFEST.in").read_text(encoding="utf-8")
