"""Real repositories, and runs that record what they run on."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

IDENTITY = ("-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "init.defaultBranch=main")


@pytest.fixture
def git(monkeypatch) -> Callable[..., str]:
    """`git(folder, "commit", ...)`: the program itself, without this machine's configuration; what it printed."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")

    def call(folder: Path, *arguments: str) -> str:
        command = ["git", *IDENTITY, *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return call


@pytest.fixture
def repository_of(own_folder, git) -> Callable[..., Path]:
    """`repository_of({"name": "content"})`: a folder whose files are all in one commit."""

    def make(files: dict[str, str], folder: str = "source") -> Path:
        place = own_folder / folder
        place.mkdir(parents=True)
        git(place, "init", "-q")
        for name, content in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(content, encoding="utf-8")
        git(place, "add", ".")
        git(place, "commit", "-q", "-m", "all")
        return place

    return make
