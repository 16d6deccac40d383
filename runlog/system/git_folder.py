"""Commit and branch as the files of a repository tell them, without the program ``git``."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, NamedTuple

_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_DEPTH = 5
"""References that lead to references, at most."""


class Repository(NamedTuple):
    """A working tree and where git keeps what belongs to it.

    ``git`` is the folder of this working tree, ``common`` what all working trees of the repository share.
    """

    root: Path
    git: Path
    common: Path


def repository_around(folder: str, script: str) -> Repository | None:
    """The repository of the current folder, else that of the script."""
    found = find_repository(folder)
    return found if found is not None or not script else find_repository(str(Path(script).parent))


def head_facts(repository: Repository) -> dict[str, Any]:
    """What is known without the program: milliseconds."""
    return {"root": str(repository.root), **read_head(repository)}


def find_repository(folder: str) -> Repository | None:
    """The repository that a folder is in: the nearest ``.git`` upwards, a worktree's or submodule's too."""
    start = Path(os.path.realpath(folder))
    for place in (start, *start.parents):
        git = _git_folder(place / ".git")
        if git is not None:
            shared = _line(git / "commondir")
            return Repository(place, git, Path(os.path.normpath(git / shared)) if shared else git)
    return None


def _git_folder(path: Path) -> Path | None:
    """``.git`` itself where it is a folder with a HEAD; what it points to where it is a file."""
    if path.is_file():
        key, _, target = _line(path).partition("gitdir: ")
        path = Path(os.path.normpath(path.parent / target)) if target and not key else path
    return path if (path / "HEAD").exists() else None


def read_head(repository: Repository) -> dict[str, str]:
    """``commit`` and ``branch``, as far as files tell them: a detached HEAD has no branch, a new one no commit."""
    found: dict[str, str] = {}
    value = _line(repository.git / "HEAD")
    for _ in range(_DEPTH):
        if not value.startswith("ref: "):
            break
        name = value[5:].strip()
        if name.startswith("refs/heads/") and name != "refs/heads/.invalid":  # that one stands in reftable's stead
            found["branch"] = name[11:]
        value = _reference(repository, name)
    if _COMMIT.fullmatch(value):
        found["commit"] = value
    return found


def _reference(repository: Repository, name: str) -> str:
    if ".." in name.split("/"):
        return ""
    for folder in (repository.git, repository.common):
        if value := _line(folder / name):
            return value
    try:
        with (repository.common / "packed-refs").open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                commit, _, packed = line.rstrip("\n").partition(" ")
                if packed == name:
                    return commit
    except OSError:
        return ""
    return ""


def _line(path: Path) -> str:
    """The first line of a small file; empty where it can't be read."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.readline(4096).strip()
    except OSError:
        return ""
