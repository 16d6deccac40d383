"""The first cells of notebooks that were written for Azure ML: with their imports changed they run, or say what to do."""

from __future__ import annotations

import json
import os

import pytest

import runlog
from runlog import Experiment, Model, Workspace, azure_names, errors
from runlog.workspace_creation import REGIONS

REGION_SPELLINGS = ["eastus2", "East US 2", "westeurope", "UKSouth", *sorted(REGIONS)[::12]]


def test_the_version_has_azures_name_too():
    assert runlog.__version__ == runlog.VERSION


# -- the workspace -----------------------------------------------------------------------------------------------------


def test_what_a_config_json_says_of_the_cloud_can_be_printed(own_folder):
    settings = {"subscription_id": "0-1", "resource_group": "group", "workspace_name": "study"}
    (own_folder / "config.json").write_text(json.dumps(settings))
    workspace = Workspace.from_config()
    assert (workspace.name, workspace.resource_group, workspace.subscription_id) == ("study", "group", "0-1")


def test_where_nothing_says_so_these_are_empty(workspace):
    assert (workspace.resource_group, workspace.subscription_id, workspace.tags) == ("", "", {})


@pytest.mark.parametrize("location", REGION_SPELLINGS)
def test_a_region_is_no_folder(own_folder, location):
    made = Workspace.create(name="study", location=location)
    assert made.location == str(own_folder / ".runlog")
    assert os.listdir(own_folder) == [".runlog"]


def test_beside_a_subscription_any_word_is_a_region(own_folder):
    made = Workspace.create(
        name="study",
        subscription_id="0-1",
        resource_group="group",
        location="moonbase1",
        create_resource_group=True,
        sku="enterprise",
        tags={"team": "vision"},
        friendly_name="The study",
        exist_ok=True,
        show_output=False,
    )
    assert made.location == str(own_folder / ".runlog")
    again = Workspace.get("study", subscription_id="0-1", resource_group="group", location="moonbase1")
    assert (again, again.tags, again.resource_group) == (made, {"team": "vision"}, "group")
    assert again.get_details()["friendlyName"] == "The study"


@pytest.mark.parametrize("location", ["eastus2", "./moon", "moon/base"])
def test_a_folder_that_is_there_or_a_path_is_no_region(own_folder, location):
    (own_folder / "eastus2").mkdir()
    made = Workspace.create("study", subscription_id="0-1", resource_group="group", location=location)
    assert made.location == str(own_folder / location / ".runlog")


def test_azures_form_of_the_constructor_finds_the_workspace_of_that_name(own_folder):
    with pytest.raises(errors.WorkspaceNotFoundError):
        Workspace(subscription_id="0-1", resource_group="group", workspace_name="study", auth=None)
    made = Workspace.create("study")
    for found in (
        Workspace(subscription_id="0-1", resource_group="group", workspace_name="study", auth=None),
        Workspace("0-1", "group", "study"),
    ):
        assert (found, found.subscription_id, found.resource_group) == (made, "0-1", "group")


def test_a_constructor_without_a_place_names_the_call_that_finds_one():
    with pytest.raises(errors.WrongTypeError, match=r"Workspace\.from_config\(\)"):
        Workspace()


def test_an_experiment_has_an_address(workspace):
    assert Experiment(workspace, "e").get_portal_url() == f"file://{workspace.location}"
    server = Workspace("http://127.0.0.1:8420")
    assert Experiment(server, "e").get_portal_url() == "http://127.0.0.1:8420"


# -- models ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def files(own_folder):
    (own_folder / "net" / "parts").mkdir(parents=True)
    (own_folder / "net" / "config.json").write_text("{}")
    (own_folder / "net" / "parts" / "weights.bin").write_bytes(bytes(100_000))
    (own_folder / "model.pkl").write_bytes(b"pickled")
    return own_folder


def test_files_are_registered_without_a_run(workspace, files):
    first = Model.register(workspace, "model.pkl", "ridge", tags={"a": 1}, description="first")
    second = Model.register(model_path=files / "model.pkl", model_name="ridge", workspace=workspace)
    assert (first.id, second.id, first.tags, first.run_id) == ("ridge:1", "ridge:2", {"a": "1"}, "")
    (files / "model.pkl").unlink()
    assert Model(workspace, id="ridge:1").download("fetched").read_bytes() == b"pickled"
    with pytest.raises(errors.RunNotFoundError, match="from files"):
        _ = first.run


def test_a_folder_is_registered_with_all_that_is_in_it(workspace, files):
    Model.register(workspace, "net", "net")
    root = Model(workspace, "net").download("fetched")
    assert sorted(str(one.relative_to(root)) for one in root.rglob("*")) == [
        "config.json",
        "parts",
        "parts/weights.bin",
    ]


def test_what_is_not_there_is_not_registered(workspace, files):
    with pytest.raises(errors.RunFileNotFoundError, match="no file or folder with files"):
        Model.register(workspace, "none.pkl", "none")
    with pytest.raises(errors.WrongValueError, match="datasets="):
        Model.register(workspace, "model.pkl", "ridge", datasets=[("train", 1)])
    assert workspace.models == {}


def test_a_models_path_is_that_of_its_files_on_this_machine(workspace, files):
    Model.register(workspace, "net", "net")
    path = Model.get_model_path("net")
    assert path == os.path.join("runlog-models", "net", "1", "net")
    (files / path / "config.json").write_text("[]")
    assert Model.get_model_path("net", version=1) == path
    assert (files / path / "config.json").read_text() == "[]"  # it was not fetched again
    (files / path / "config.json").unlink()
    Model.get_model_path("net")
    assert (files / path / "config.json").read_text() == "{}"
    with pytest.raises(errors.ModelNotFoundError):
        Model.get_model_path("other")


# -- what is not there -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", azure_names.MODULE)
def test_a_name_that_is_not_there_says_what_to_do_instead(name):
    with pytest.raises(errors.NotThereYetError, match=f"{name} of Azure ML is not in runlog: "):
        exec(f"from runlog import {name}")
    with pytest.raises(AttributeError, match=f"{name} of Azure ML is not in runlog: "):
        getattr(runlog, name)
    assert not hasattr(runlog, name)


def test_a_program_that_is_ready_for_its_absence_goes_on(run_script):
    code = """
        try:
            from runlog import Dataset, Run
        except ImportError:
            Dataset = None
        print(Dataset)
    """
    assert run_script(code).stdout == "None\n"


def test_any_other_name_is_just_not_there():
    with pytest.raises(AttributeError, match="module 'runlog' has no attribute 'Nonsense'"):
        _ = runlog.Nonsense
    with pytest.raises(ImportError, match="cannot import name 'Nonsense'"):
        exec("from runlog import Nonsense")


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (Workspace, azure_names.WORKSPACE),
        (Experiment, azure_names.EXPERIMENT),
        (runlog.Run, azure_names.RUN),
        (Model, azure_names.MODEL),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_so_does_an_attribute_that_is_not_there(owner, names):
    thing = owner.__new__(owner)
    for name in names:
        assert not hasattr(owner, name)
        with pytest.raises(AttributeError, match=rf"{owner.__name__}\.{name} of Azure ML is not in runlog: ") as caught:
            getattr(thing, name)
        assert caught.value.name == name


def test_what_dir_shows_is_what_users_use():
    names = [name for name in dir(runlog) if not name.startswith("__")]
    assert names == sorted(runlog.__all__)
