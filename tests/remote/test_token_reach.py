"""Which server gets the token of the environment: the one that a person or a program names, never one that a file names."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.scripts import clean_environment, run_script

IN_A_CHILD = """
import multiprocessing, pickle, sys
import runlog

def count(run):
    print(run.get_metrics())

if __name__ == "__main__":
    workspace = runlog.Workspace(sys.argv[1])
    with runlog.Experiment(workspace, "parent").start_logging(run_id="shared-run") as run:
        run.log("x", 1)
    child = multiprocessing.get_context("spawn").Process(target=count, args=(run,))
    child.start()
    child.join()
    sys.exit(child.exitcode)
"""


@pytest.fixture
def call(server, own_folder):
    """`call("runs", RUNLOG_URI=...)`: the command in the current folder, with a token in the environment."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        env = clean_environment({"RUNLOG_TOKEN": server.tokens["admin"], "HOME": str(own_folder / "home"), **variables})
        return subprocess.run(
            [sys.executable, "-m", "runlog", *arguments],
            env=env,
            cwd=own_folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.fixture
def named_by_file(server, own_folder):
    (own_folder / "runlog.json").write_text(json.dumps({"workspace": server.url}))


def test_a_server_that_a_file_names_does_not_get_the_token(server, call, named_by_file):
    ended = call("runs")
    assert ended.returncode == 1
    assert f"RUNLOG_URI={server.url}" in ended.stderr
    assert "401" in ended.stderr


def test_it_gets_the_token_that_was_kept_for_it(server, call, named_by_file, own_folder):
    login = subprocess.run(
        [sys.executable, "-m", "runlog", "login", server.url],
        input=server.tokens["reader"],
        env=clean_environment({"HOME": str(own_folder / "home")}),
        text=True,
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert "a reader" in login.stdout
    assert call("runs").returncode == 0


@pytest.mark.parametrize("how", ["option", "variable"])
def test_a_server_that_the_command_line_or_the_variable_names_gets_it(server, call, how):
    ended = call("-w", server.url, "runs") if how == "option" else call("runs", RUNLOG_URI=server.url)
    assert ended.returncode == 0, ended.stderr


def test_where_the_variable_names_a_server_the_token_is_for_that_one_only(server, call):
    assert call("-w", server.url, "runs", RUNLOG_URI="http://127.0.0.1:9").returncode == 1


def test_a_server_that_a_program_names_gets_it_in_its_child_processes_too(server, own_folder):
    env = {"RUNLOG_TOKEN": server.tokens["writer"], "HOME": str(own_folder / "home")}
    ended = run_script(own_folder, IN_A_CHILD, server.url, env=env)
    assert ended.stdout == "{'x': [1]}\n"


@pytest.mark.usefixtures("named_by_file")
def test_sync_gives_it_to_the_server_that_it_is_called_with(server, call, own_folder):
    env = {"HOME": str(own_folder / "home")}
    run_script(own_folder, "import runlog\nwith runlog.start('x') as run: run.log('x', 1)", env=env)
    assert call("sync").returncode == 1
    assert call("sync", server.url).returncode == 0


def test_a_config_json_may_be_any_tools_and_names_no_server(server, call, own_folder):
    Path(own_folder / "config.json").write_text(json.dumps({"workspace": server.url, "name": "trap"}))
    ended = call("runs")
    assert f"there is no workspace in {own_folder / '.runlog'}" in ended.stderr
