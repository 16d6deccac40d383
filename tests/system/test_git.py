"""What the program `git` tells of a working tree."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from runlog.system import git as git_facts
from runlog.system import git_program
from runlog.system.git_folder import find_repository


def facts_of(folder):
    found = find_repository(str(folder))
    assert found is not None
    return git_facts.worktree_facts(found)


@pytest.fixture
def source(repository_of):
    return repository_of({"train.py": "rate = 1\n", "weights.bin": "\0\1\2", "data.txt": "x\n"})


def test_a_clean_tree_is_not_dirty_and_has_no_diff(source, git):
    facts, diff = facts_of(source)
    assert facts == {
        "root": str(source),
        "branch": "main",
        "commit": git(source, "rev-parse", "HEAD"),
        "dirty": False,
    }
    assert diff == b""


def test_changed_files_are_listed_and_their_diff_is_the_one_that_git_prints(source, git):
    (source / "train.py").write_text("rate = 2\n", encoding="utf-8")
    git(source, "rm", "-q", "data.txt")
    facts, diff = facts_of(source)
    assert facts["dirty"] is True
    assert facts["changed"] == {"count": 2, "files": ["data.txt", "train.py"]}
    assert diff.decode().strip() == git(source, "diff", "HEAD")


def test_the_contents_of_binary_and_untracked_files_are_not_kept(source):
    (source / "weights.bin").write_bytes(b"\0SECRETBYTES")
    (source / "notes.txt").write_text("UNTRACKEDTEXT", encoding="utf-8")
    facts, diff = facts_of(source)
    assert facts["untracked"] == {"count": 1, "files": ["notes.txt"]}
    assert facts["binary"] == {"count": 1, "files": ["weights.bin"]}
    assert b"SECRETBYTES" not in diff
    assert b"UNTRACKEDTEXT" not in diff


def test_names_with_blanks_and_other_scripts_stay_as_they_are(source):
    (source / "mein modell ü.py").write_text("", encoding="utf-8")
    facts, _ = facts_of(source)
    assert facts["untracked"]["files"] == ["mein modell ü.py"]


def test_of_many_files_a_part_is_named_and_all_are_counted(source):
    for number in range(git_facts.LISTED + 7):
        (source / f"new{number:04}.txt").write_text("", encoding="utf-8")
    facts, _ = facts_of(source)
    assert facts["untracked"]["count"] == git_facts.LISTED + 7
    assert len(facts["untracked"]["files"]) == git_facts.LISTED


def test_a_huge_diff_is_cut_at_a_line_and_this_is_said(source, git):
    line = "0123456789" * 10 + "\n"
    (source / "data.txt").write_text(line * 150_000, encoding="utf-8")
    facts, diff = facts_of(source)
    assert facts["diff_cut"] is True
    assert git_facts.DIFF_BYTES - 200 < len(diff) <= git_facts.DIFF_BYTES
    assert diff.endswith(b"9\n")


def test_the_remote_is_that_of_the_branch_without_its_credentials(source, git, own_folder):
    git(source, "remote", "add", "origin", "https://example.org/origin.git")
    git(source, "remote", "add", "work", "https://someone:hunter2@example.org/team/model.git")
    assert facts_of(source)[0]["remote"] == "https://example.org/origin.git"
    git(source, "config", "branch.main.remote", "work")
    git(source, "config", "branch.main.merge", "refs/heads/main")
    assert facts_of(source)[0]["remote"] == "https://[redacted]@example.org/team/model.git"


def test_the_index_is_not_written(source):
    index = source / ".git" / "index"
    (source / "train.py").touch()  # its time differs from the index's: `git status` would refresh that
    before = index.read_bytes(), index.stat().st_mtime_ns
    facts_of(source)
    assert (index.read_bytes(), index.stat().st_mtime_ns) == before
    assert not (source / ".git" / "index.lock").exists()


def test_a_broken_repository_gives_what_is_readable_and_the_reason(source, git):
    commit = git(source, "rev-parse", "HEAD")
    (source / ".git" / "index").write_bytes(b"no index")
    facts, diff = facts_of(source)
    assert facts["commit"] == commit
    assert "git ended with 128" in facts["incomplete"]
    assert diff == b""


def test_without_the_program_commit_and_branch_are_known_still(source, git, monkeypatch):
    commit = git(source, "rev-parse", "HEAD")
    monkeypatch.setenv("PATH", str(source.parent / "nothing"))
    facts, _ = facts_of(source)
    assert (facts["branch"], facts["commit"]) == ("main", commit)
    assert "can't be run" in facts["incomplete"]


def test_a_program_that_hangs_is_given_up(source, monkeypatch):
    hang_on_path(source.parent / "bin", monkeypatch)
    monkeypatch.setattr(git_program, "SECONDS", 0.5)
    began = time.monotonic()
    facts, _ = facts_of(source)
    assert time.monotonic() - began < 60
    assert "was given up after 0.5 s" in facts["incomplete"]


def hang_on_path(folder: Path, monkeypatch) -> None:
    folder.mkdir()
    program = folder / "git"
    program.write_text("#!/bin/sh\nexec sleep 600\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
