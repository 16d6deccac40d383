"""Workspaces: how they are found, made, written down and shared."""

from __future__ import annotations

import json
import os
import stat

import pytest

import runlog
from runlog import Experiment, Workspace, errors


def azure(folder, name="study"):
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"subscription_id": "0", "resource_group": "group", "workspace_name": name}
    (folder / "config.json").write_text(json.dumps(settings))


def inside(folder, monkeypatch):
    folder.mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(folder)


# -- found -------------------------------------------------------------------------------------------------------------


def test_with_nothing_around_it_is_to_be_made_in_the_current_folder(own_folder):
    workspace = Workspace.from_config()
    assert workspace.location == str(own_folder / ".runlog")
    assert list(own_folder.iterdir()) == []


def test_the_nearest_one_upwards_is_taken(own_folder, monkeypatch):
    Workspace.create("outer", location=own_folder)
    Workspace.create("inner", location=own_folder / "a")
    inside(own_folder / "a" / "b" / "c", monkeypatch)
    assert Workspace.from_config().name == "inner"


def test_runlog_uri_goes_before_it(own_folder, monkeypatch):
    Workspace.create("here", location=own_folder)
    Workspace.create("there", location=own_folder / "there is")
    for uri in (own_folder / "there is", own_folder / "there is" / ".runlog", (own_folder / "there is").as_uri()):
        monkeypatch.setenv("RUNLOG_URI", str(uri))
        assert Workspace.from_config().name == "there"


def test_a_written_configuration_is_found_from_below(own_folder, monkeypatch):
    workspace = Workspace.create("kept", location=own_folder / "elsewhere")
    workspace.write_config(own_folder / "project")
    inside(own_folder / "project" / "src", monkeypatch)
    assert Workspace.from_config() == workspace
    assert Workspace.from_config(own_folder / "project" / "runlog.json").name == "kept"


@pytest.mark.parametrize("place", [".", ".azureml", "aml_config"])
def test_an_azure_configuration_stands_for_a_local_workspace_of_its_name(own_folder, monkeypatch, place):
    azure(own_folder / place)
    inside(own_folder / "src", monkeypatch)
    with runlog.start("train"):
        pass
    workspace = Workspace.from_config()
    assert (workspace.name, workspace.location) == ("study", str(own_folder / ".runlog"))
    assert json.loads((own_folder / ".runlog" / "workspace.json").read_text())["name"] == "study"


def test_an_azure_configuration_may_be_named(own_folder):
    azure(own_folder / "project" / ".azureml")
    workspace = Workspace.from_config(own_folder / "project" / ".azureml" / "config.json")
    assert workspace.location == str(own_folder / "project" / ".runlog")


def test_somebody_elses_config_json_is_passed_by(own_folder, monkeypatch):
    azure(own_folder, "outer")
    inner = own_folder / "inner"
    for content in ("not json", "[]", '{"workspace_name": 5}'):
        inside(inner, monkeypatch)
        (inner / "config.json").write_text(content)
        assert Workspace.from_config().name == "outer"


def test_a_configuration_that_is_none_is_refused(own_folder):
    (own_folder / "some.json").write_text("{}")
    with pytest.raises(errors.ConfigurationError, match="names no workspace"):
        Workspace.from_config("some.json")
    with pytest.raises(errors.WorkspaceNotFoundError, match="does not exist"):
        Workspace.from_config("none.json")


def test_an_address_that_is_no_folder_is_refused_with_its_value(monkeypatch):
    monkeypatch.setenv("RUNLOG_URI", "ftp://example.org/runs")
    with pytest.raises(errors.ConfigurationError, match=r"ftp://example\.org/runs"):
        Workspace.from_config()


# -- made and got ------------------------------------------------------------------------------------------------------


def test_create_makes_it_with_its_name_and_keeps_it_out_of_version_control(own_folder):
    workspace = Workspace.create("study", location=own_folder / "new")
    folder = own_folder / "new" / ".runlog"
    assert (workspace.name, workspace.location) == ("study", str(folder))
    assert (folder / ".gitignore").read_text() == "*\n"


def test_creating_it_again_is_refused_unless_that_is_fine(own_folder):
    Workspace.create("first", location=own_folder)
    with pytest.raises(errors.ConfigurationError, match="exist_ok=True"):
        Workspace.create("second", location=own_folder)
    assert Workspace.create("second", location=own_folder, exist_ok=True).name == "first"


def test_get_gives_the_one_of_that_name_with_the_arguments_of_azure(own_folder):
    made = Workspace.create("study", None, "subscription", "group", own_folder)
    assert Workspace.get("study") == made
    assert Workspace.get("study", None, "subscription", "group", own_folder, "AzureCloud", None) == made


def test_details_have_its_name_and_place(workspace):
    assert workspace.get_details() == {"id": workspace.location, "name": "test", "location": workspace.location}


def test_get_refuses_another_name_and_a_place_without_one(own_folder):
    with pytest.raises(errors.WorkspaceNotFoundError, match=r"Workspace\.create\('study'\)"):
        Workspace.get("study")
    Workspace.create("other", location=own_folder)
    with pytest.raises(errors.WorkspaceNotFoundError, match="'other', not 'study'"):
        Workspace.get("study")


def test_a_place_given_where_azure_has_its_login_is_refused_with_the_remedy(own_folder):
    with pytest.raises(errors.WrongTypeError, match="location="):
        Workspace.create("study", "some/folder")


# -- its runs ----------------------------------------------------------------------------------------------------------


def test_runs_are_listed_newest_first_and_by_experiment(workspace):
    first, second = (Experiment(workspace, name).start_logging() for name in ("a", "b"))
    second.complete()
    first.complete()
    assert list(workspace.runs()) == [second, first]
    assert list(workspace.runs(experiment="a")) == [first]
    assert list(Experiment(workspace, "b").get_runs()) == [second]
    assert list(workspace.experiments) == ["a", "b"]


def test_a_run_is_found_by_any_unique_part_of_its_id_and_by_its_name(workspace):
    experiment = Experiment(workspace, "find")
    run = experiment.start_logging(display_name="quiet one")
    experiment.start_logging()
    for part in (run.id, run.id[-8:], run.id[9:], "quiet one"):
        assert workspace.get_run(part) == run
    with pytest.raises(errors.RunNotFoundError, match="2 runs answer"):
        workspace.get_run(run.id[:5])
    with pytest.raises(errors.RunNotFoundError, match="no run in"):
        workspace.get_run("nothing like it")
    with pytest.raises(errors.WrongValueError):
        workspace.get_run("")
    with pytest.raises(errors.WrongTypeError):
        workspace.get_run(7)


def test_a_list_of_runs_becomes_a_frame(workspace):
    with Experiment(workspace, "frame").start_logging(tags={"team": "vision"}) as run:
        run.log_params({"alpha": 0.5})
        run.log("loss", 2.0)
        run.log("loss", 1.0)
    (row,) = workspace.runs().to_pandas().to_dict("records")
    assert (row["id"], row["status"], row["experiment"]) == (run.id, "Completed", "frame")
    assert (row["params.alpha"], row["tags.team"], row["metrics.loss"]) == (0.5, "vision", 1.0)


# -- shared ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def strict_umask():
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
def test_in_a_shared_workspace_the_group_may_write_whatever_the_umask_is(own_folder, strict_umask):
    workspace = Workspace.create("team", location=own_folder, shared=True)
    with Experiment(Workspace(own_folder), "later").start_logging() as run:  # by a process that was told nothing
        run.upload_file("models/deep/model.bin", __file__)
        run.log_image("dot", path=_picture(own_folder))
    top = own_folder / ".runlog"
    folders = [folder for folder in (top, *top.rglob("*")) if folder.is_dir()]
    assert {"runs", "blobs", "processes", "deep", run.id} <= {folder.name for folder in folders}
    assert [one for one in folders if stat.S_IMODE(one.stat().st_mode) & 0o2070 != 0o2070] == []
    kept = [top / "workspace.json", *(top / "blobs").rglob("*"), *(top / "runs" / run.id / "files").rglob("*")]
    assert [one for one in kept if one.is_file() and one.stat().st_mode & 0o060 != 0o060] == []
    assert json.loads((top / "workspace.json").read_text())["shared"] is True
    assert workspace.get_run(run.id).status == "Completed"


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
def test_another_workspace_has_the_modes_of_the_umask(own_folder):
    Workspace.create("mine", location=own_folder)
    expected = 0o777 & ~_umask()
    assert stat.S_IMODE((own_folder / ".runlog").stat().st_mode) == expected


def _umask() -> int:
    now = os.umask(0)
    os.umask(now)
    return now


def _picture(folder):
    path = folder / "dot.png"
    path.write_bytes(
        bytes.fromhex(
            "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000000020001e221bc330000000049454e44ae426082"
        )
    )
    return path


def test_the_newest_runs_are_found_by_their_place(workspace):
    first, second = (Experiment(workspace, "places").start_logging(display_name=name) for name in ("first", "second"))
    first.complete()
    second.complete()
    assert workspace.get_run("latest") == workspace.get_run("latest~1") == runlog.Run.get(workspace, "latest") == second
    assert workspace.get_run("latest~2") == first
    with pytest.raises(errors.RunNotFoundError, match="there is no run -3 in .*: it has 2 runs"):
        workspace.get_run("latest~3")
    with pytest.raises(errors.RunNotFoundError):
        workspace.get_run("latest~" + "9" * 5000)


def test_a_name_that_no_run_has_is_told_with_the_one_that_was_meant(workspace):
    Experiment(workspace, "names").start_logging(display_name="ridge baseline").complete()
    with pytest.raises(errors.RunNotFoundError, match="did you mean 'ridge baseline'?"):
        workspace.get_run("ridge baselin")
