"""Where commands look, and that they leave nothing where there is no workspace."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import requests

from runlog import Workspace
from support.scripts import clean_environment, started_command

READING = [
    ("runs",),
    ("search", "word"),
    ("logs", "latest"),
    ("show", "latest"),
    ("models",),
    ("export", "latest"),
    ("token", "list"),
    ("token", "revoke", "eve"),
    ("index", "rebuild"),
    ("gc",),
    ("delete", "latest"),
    ("compact",),
    ("backup", "copy"),
    ("ui", "-p", "0"),
]
OF_THE_SERVER = [("ui", "-p", "0"), ("server", "-p", "0"), ("token", "list"), ("token", "create", "eve")]


def everything(folder):
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*"))


@pytest.fixture
def project(own_folder):
    """A folder that is somebody's, and an empty one."""
    (own_folder / "project" / "src").mkdir(parents=True)
    (own_folder / "project" / "train.py").write_text("print()")
    (own_folder / "empty").mkdir()
    return own_folder


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
@pytest.mark.parametrize("place", [(), ("-w", "project"), ("-w", "empty"), ("-w", "missing")], ids=" ".join)
def test_where_there_is_no_workspace_a_command_says_so_and_makes_nothing(call, project, arguments, place):
    before = everything(project)
    ended = call(*arguments, *place)
    assert (ended.code, ended.out) == (1, "")
    assert "there is no workspace in" in ended.err
    assert everything(project) == before


@pytest.mark.parametrize("arguments", OF_THE_SERVER, ids=" ".join)
@pytest.mark.parametrize("how", ["variable", "option"])
def test_what_is_for_folders_refuses_the_address_of_a_server(call, project, monkeypatch, arguments, how):
    before = everything(project)
    address = "http://127.0.0.1:8420"
    if how == "variable":
        monkeypatch.setenv("RUNLOG_URI", address)
    ended = call(*arguments, *(("-w", address) if how == "option" else ()))
    assert ended.code == 1
    assert f"{address} is no folder: call this on the machine that keeps the runs" in ended.err
    assert everything(project) == before


def test_a_list_of_tokens_that_were_never_made_is_empty_and_makes_no_database(call, workspace, own_folder):
    before = everything(own_folder)
    assert call("token", "list", "--json").out == "[]\n"
    assert "there is no token 'eve'" in call("token", "revoke", "eve").err
    assert everything(own_folder) == before


def test_a_token_for_a_project_is_kept_in_a_folder_of_its_own_beneath_it(call, project):
    assert call("token", "create", "eve", "-w", "project").code == 0
    assert sorted(os.listdir(project / "project")) == [".runlog", "src", "train.py"]
    assert "eve" in call("token", "list", "-w", "project").out


def test_a_server_in_a_project_leaves_the_files_of_the_project(project):
    uploads = project / "project" / "uploads"
    uploads.mkdir()
    (uploads / "customers.bin").write_text("data")
    os.utime(uploads / "customers.bin", (1, 1))
    arguments = [sys.executable, "-m", "runlog", "server", "-p", "0", "-w", "project"]
    with started_command(project, arguments, env=clean_environment()) as server:
        assert requests.get(f"{server.stdout.readline().split()[0]}/healthz", timeout=60).status_code == 200
        server.terminate()
        assert server.wait(timeout=60) == 0
    assert (uploads / "customers.bin").read_text() == "data"
    assert sorted(os.listdir(project / "project")) == [".runlog", "src", "train.py", "uploads"]


def test_a_git_project_goes_on_seeing_its_new_files(project, run_script):
    subprocess.run(["git", "init", "-q", "project"], cwd=project, check=True)
    run_script("import runlog\nrunlog.start('x').complete()", env={"RUNLOG_URI": str(project / "project")})
    seen = subprocess.run(
        ["git", "status", "--short"], cwd=project / "project", check=True, capture_output=True, text=True
    ).stdout
    assert seen == "?? train.py\n"
    assert len(Workspace(project / "project").runs()) == 1
