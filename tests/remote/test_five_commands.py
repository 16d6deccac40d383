"""docs/remote.md leads from nothing to a run on a server in five commands; here they are called as they stand there."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from runlog import Workspace
from support import documents
from support.scripts import clean_environment

PAGE = documents.ROOT / "docs" / "remote.md"
PORT = "8420"


@pytest.fixture
def commands() -> list[str]:
    blocks = [block for block in documents.blocks(PAGE) if block.language == "console"]
    return [line for block in blocks[:2] for line in block.code.splitlines() if line]


def words(command: str) -> list[str]:
    """A command with the programs of this environment in the place of those of a fresh machine."""
    programs = {"runlog": [sys.executable, "-m", "runlog"], "python": [sys.executable]}
    first, *rest = shlex.split(command)
    return [*programs[first], *rest]


def test_five_commands_lead_to_a_run_on_a_server(commands, own_folder):
    install, create, serve, login, train = commands
    assert install == "pip install 'runlog-ml[server]'"
    environment = clean_environment({"HOME": os.environ["HOME"], "RUNLOG_CAPTURE_SYSTEM": "0"})
    options = {"env": environment, "cwd": own_folder, "text": True}
    token = subprocess.run(words(create), check=True, capture_output=True, timeout=60, **options).stdout.split()[-1]
    with subprocess.Popen(
        [*words(serve), "-p", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options
    ) as server:
        try:
            port = server.stdout.readline().split()[0].rpartition(":")[2]
            login, train = login.replace(PORT, port), train.replace(PORT, port)
            subprocess.run(words(login), input=token + "\n", check=True, capture_output=True, timeout=60, **options)
            Path("train.py").write_text("import runlog\nwith runlog.start('first') as run:\n    run.log('loss', 0.5)\n")
            variable, _, program = train.partition(" ")
            options["env"] = {**environment, **dict([variable.split("=", 1)])}
            subprocess.run(words(program), check=True, capture_output=True, timeout=60, **options)
        finally:
            server.terminate()
            server.wait(timeout=60)
    (run,) = Workspace("runs").runs()
    assert (run.status, run.get_metrics()) == ("Completed", {"loss": [0.5]})
