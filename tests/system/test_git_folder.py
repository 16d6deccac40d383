"""Commit and branch without the program `git`."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runlog.system.git_folder import find_repository, read_head


def head(folder):
    found = find_repository(str(folder))
    assert found is not None
    return read_head(found)


@pytest.fixture
def source(repository_of):
    return repository_of({"train.py": "pass\n", "sub/deep/module.py": "pass\n"})


def test_commit_and_branch_are_those_that_git_tells(source, git):
    assert head(source) == {"branch": "main", "commit": git(source, "rev-parse", "HEAD")}


def test_a_folder_deep_inside_belongs_to_the_repository(source):
    found = find_repository(str(source / "sub" / "deep"))
    assert found is not None
    assert found.root == source


def test_packed_references_are_read(source, git):
    git(source, "checkout", "-q", "-b", "feature/one")
    git(source, "pack-refs", "--all")
    assert not (source / ".git" / "refs" / "heads" / "feature" / "one").exists()
    assert head(source) == {"branch": "feature/one", "commit": git(source, "rev-parse", "HEAD")}


def test_a_detached_head_has_a_commit_and_no_branch(source, git):
    git(source, "checkout", "-q", "--detach")
    assert head(source) == {"commit": git(source, "rev-parse", "HEAD")}


def test_a_repository_without_a_commit_has_a_branch_only(own_folder, git):
    git(own_folder, "init", "-q")
    assert head(own_folder) == {"branch": "main"}


@pytest.mark.parametrize("packed", [False, True])
def test_a_worktree_has_a_branch_of_its_own(source, git, own_folder, packed):
    tree = own_folder / "tree"
    git(source, "worktree", "add", "-q", "-b", "other", str(tree))
    git(tree, "commit", "-q", "--allow-empty", "-m", "more")
    if packed:
        git(source, "pack-refs", "--all")
    assert head(tree) == {"branch": "other", "commit": git(tree, "rev-parse", "HEAD")}
    assert head(tree)["commit"] != head(source)["commit"]


def test_a_submodule_is_a_repository_of_its_own(source, git, repository_of):
    inner = repository_of({"inner.py": "pass\n"}, "inner")
    git(source, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "vendored")
    assert head(source / "vendored")["commit"] == git(inner, "rev-parse", "HEAD")


def test_outside_any_repository_there_is_none(own_folder):
    (own_folder / ".git").write_text("gitdir: nowhere\n", encoding="utf-8")
    assert find_repository(str(own_folder)) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(content=st.binary(max_size=200), reference=st.binary(max_size=80))
def test_broken_files_give_less_and_never_raise(own_folder, content, reference):
    git = own_folder / "broken" / ".git"
    (git / "refs" / "heads").mkdir(parents=True, exist_ok=True)
    (git / "HEAD").write_bytes(content)
    (git / "refs" / "heads" / "main").write_bytes(reference)
    (git / "packed-refs").write_bytes(content + reference)
    assert set(head(git.parent)) <= {"branch", "commit"}
