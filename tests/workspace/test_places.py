"""What a location means: a server's address is never a folder's name, and nothing is written among files of others."""

from __future__ import annotations

import json
import os

import pytest

import runlog
from runlog import Workspace, errors
from runlog.workspace_search import found_at

# What somebody wrote, and what he meant.
MEANT = {
    "localhost:8420": "http://localhost:8420",
    "localhost": "http://localhost",
    "localhost/team": "http://localhost/team",
    "runlog.example.org:8420": "http://runlog.example.org:8420",
    "runlog.example.org:8420/team": "http://runlog.example.org:8420/team",
    "runlog.example.org:443/team": "https://runlog.example.org/team",
    "10.0.0.5": "http://10.0.0.5",
    "[::1]:8420": "http://[::1]:8420",
    "//host:8420": "http://host:8420",
    "me@host:8420": "http://host:8420",
    "http:/runlog.example.org": "http://runlog.example.org",
    "https:/runlog.example.org": "https://runlog.example.org",
    "HTTPS:runlog.example.org": "https://runlog.example.org",
    "http//runlog.example.org": "http://runlog.example.org",
    "https;//runlog.example.org": "https://runlog.example.org",
    "http:": "http://HOST",
}


@pytest.fixture
def project(own_folder):
    """A folder with somebody's work in it."""
    folder = own_folder / "project"
    folder.mkdir()
    (folder / "train.py").write_text("import runlog\nrunlog.start('first').complete()\n")
    return folder


def names(folder):
    return sorted(os.listdir(folder))


# -- addresses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", MEANT)
def test_an_address_in_a_wrong_spelling_is_refused_with_the_one_that_was_meant(written, own_folder, monkeypatch):
    monkeypatch.setenv("RUNLOG_URI", written)
    for call in (Workspace.from_config, lambda: runlog.start("x"), lambda: Workspace(written)):
        with pytest.raises(errors.ConfigurationError) as caught:
            call()
        assert f"did you mean {MEANT[written]}?" in str(caught.value)
    with pytest.raises(errors.ConfigurationError):
        Workspace.create("x", location=written)
    assert names(own_folder) == []


@pytest.mark.parametrize("written", [*MEANT, "http://"])
def test_a_configuration_with_such_an_address_is_refused_too(written, own_folder):
    (own_folder / "runlog.json").write_text(json.dumps({"workspace": written}))
    with pytest.raises(errors.ConfigurationError, match="address of a server"):
        Workspace.from_config()


@pytest.mark.parametrize("written", ["./localhost:8420", "runs", "a:b", "runs.2024", "C8420", "http", "../x:1/y"])
def test_a_folder_may_be_called_whatever_is_no_address(written, own_folder):
    assert found_at(written).folder.name == written.rpartition("/")[2]


def test_a_server_is_no_place_to_create_a_workspace_in(own_folder):
    with pytest.raises(errors.ConfigurationError, match="is a server"):
        Workspace.create("x", location="http://127.0.0.1:8420")
    assert names(own_folder) == []


# -- folders -----------------------------------------------------------------------------------------------------------


def test_runs_of_a_project_are_kept_in_a_folder_of_their_own_beneath_it(project, run_script):
    run_script(project / "train.py", env={"RUNLOG_URI": str(project)})
    assert names(project) == [".runlog", "train.py"]
    (run,) = Workspace(project).runs()
    assert run.experiment.name == "first"


def test_an_empty_folder_becomes_the_workspace_and_stays_it(own_folder, run_script, project):
    (own_folder / "runs").mkdir()
    for _ in range(2):
        run_script(project / "train.py", env={"RUNLOG_URI": str(own_folder / "runs")})
    assert "workspace.json" in names(own_folder / "runs")
    assert len(Workspace(own_folder / "runs").runs()) == 2


def test_a_workspace_json_of_another_program_makes_no_workspace(project):
    (project / "workspace.json").write_text('{"version": 2, "projects": {}}')
    assert Workspace(project).location == str(project / ".runlog")


def test_a_folder_that_another_process_is_just_making_one_of_is_the_workspace(own_folder):
    (own_folder / "runs").mkdir()
    (own_folder / "runs" / ".0123456789ab.77.tmp").write_text("{")
    assert Workspace(own_folder / "runs").location == str(own_folder / "runs")


def test_a_workspace_that_lost_its_settings_keeps_its_runs(own_folder):
    (own_folder / "runs").mkdir()
    workspace = Workspace(own_folder / "runs")
    with runlog.Experiment(workspace, "x").start_logging():
        pass
    (own_folder / "runs" / "workspace.json").unlink()
    assert len(Workspace(own_folder / "runs").runs()) == 1


@pytest.mark.parametrize("place", ["missing", "empty", "project"])
def test_who_reads_where_there_is_no_workspace_makes_nothing(own_folder, project, place):
    (own_folder / "empty").mkdir()
    before = sorted(own_folder.rglob("*"))
    workspace = Workspace(place)
    assert list(workspace.records("word")) == []
    assert [len(workspace.runs()), len(workspace.runs("metrics.loss < 1"))] == [0, 0]
    assert (workspace.experiments, workspace.models, workspace.tags) == ({}, {}, {})
    assert workspace.backend.store().find_runs("").items == []
    with pytest.raises(errors.RunLogError):
        workspace.get_run("latest")
    assert sorted(own_folder.rglob("*")) == before
    with runlog.Experiment(workspace, "later").start_logging() as run:
        pass
    assert [one.id for one in workspace.backend.store().find_runs("").items] == [run.id]


# -- whose it is -------------------------------------------------------------------------------------------------------

only_root_gives_files_away = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")


def give(path, user, group=-1):
    os.chown(path, user, group)


@pytest.fixture
def below(own_folder, monkeypatch):
    """The current folder: one beneath a folder into which others may write."""
    (own_folder / "tmp" / "mine").mkdir(parents=True)
    (own_folder / "tmp").chmod(0o1777)
    monkeypatch.chdir(own_folder / "tmp" / "mine")
    return own_folder / "tmp" / "mine"


@only_root_gives_files_away
def test_a_workspace_that_another_user_put_above_is_told_of_and_not_used(below, heard):
    Workspace.create("trap", location=below.parent)
    give(below.parent / ".runlog", 54321, 54321)
    assert Workspace.from_config().location == str(below / ".runlog")
    Workspace.from_config()
    (told,) = [one for one in heard.messages if "belongs to another user" in one]
    assert f"RUNLOG_URI={below.parent / '.runlog'}" in told


@only_root_gives_files_away
def test_nor_is_a_link_of_theirs_to_what_is_ones_own(below):
    mine = Workspace.create("mine", location=below / "elsewhere")
    (below.parent / ".runlog").symlink_to(mine.location)
    os.lchown(below.parent / ".runlog", 54321, 54321)
    assert Workspace.from_config().location == str(below / ".runlog")


@only_root_gives_files_away
@pytest.mark.parametrize("name", ["runlog.json", "config.json"])
def test_nor_is_a_configuration_of_another_user(below, name):
    settings = {"workspace": "http://127.0.0.1:9", "workspace_name": "trap"}
    (below.parent / name).write_text(json.dumps(settings))
    give(below.parent / name, 54321)
    assert Workspace.from_config().location == str(below / ".runlog")


@only_root_gives_files_away
def test_a_workspace_of_whoever_owns_the_current_folder_is_used(below):
    Workspace.create("his", location=below.parent)
    give(below.parent / ".runlog", 54321)
    give(below, 54321)
    assert Workspace.from_config().name == "his"


@only_root_gives_files_away
def test_a_teams_workspace_is_used_where_only_the_team_could_have_put_it_there(below):
    Workspace.create("team", location=below.parent, shared=True)
    give(below.parent / ".runlog", 54321, os.getgid())
    assert Workspace.from_config().location == str(below / ".runlog")
    below.parent.chmod(0o2770)
    assert Workspace.from_config().name == "team"


@only_root_gives_files_away
def test_one_in_the_current_folder_is_used_whoever_made_it(below):
    Workspace.create("here", location=below)
    give(below / ".runlog", 54321)
    assert Workspace.from_config().name == "here"


@pytest.mark.parametrize("name", ["config.json", "runlog.json", "../config.json", "../runlog.json"])
def test_a_pipe_that_is_named_like_a_configuration_is_not_waited_at(run_script, own_folder, name):
    (own_folder / "inner").mkdir()
    os.mkfifo(own_folder / "inner" / name)
    code = "import os, runlog; os.chdir('inner'); run = runlog.start('x'); run.log('loss', 1.0); run.complete(); print(run.get_status())"
    assert run_script(code, timeout=100).stdout == "Completed\n"


def test_a_pipe_in_the_place_of_a_workspaces_settings_is_not_waited_at(run_script, workspace):
    settings = workspace.backend.folder / "workspace.json"
    settings.unlink()
    os.mkfifo(settings)
    code = "import runlog; run = runlog.start('x'); run.log('loss', 1.0); run.complete(); print(run.get_status())"
    assert run_script(code, timeout=100).stdout == "Completed\n"
