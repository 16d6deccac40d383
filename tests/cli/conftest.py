"""The command line, as tests call it."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from runlog import Experiment, Run, Workspace
from runlog.cli.program import run_program
from support.scripts import clean_environment


class Ended(NamedTuple):
    """How a call of the command ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@pytest.fixture
def call(capsys) -> Callable[..., Ended]:
    """`call("logs", "latest")`: the whole program in this process, with its exit code and what it printed."""

    def run(*arguments: str) -> Ended:
        capsys.readouterr()
        code = 0
        try:
            run_program(list(arguments))
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        printed = capsys.readouterr()
        return Ended(code, printed.out, printed.err)

    return run


@pytest.fixture
def run_command(own_folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`run_command("doctor", ...)`: the command in a process of its own, in the test's folder."""

    def run(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "runlog", *arguments],
            cwd=own_folder,
            env=clean_environment(env),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def start(workspace: Workspace) -> Callable[..., Run]:
    """`start("name")`: a new run of the experiment `sweep`, to be ended by the test. Records of all levels reach it."""
    logging.getLogger().setLevel(logging.DEBUG)

    def begin(name: str | None = None, *, experiment: str = "sweep", **arguments) -> Run:
        return Experiment(workspace, experiment).start_logging(display_name=name, **{"outputs": False, **arguments})

    return begin
