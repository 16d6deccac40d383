"""Small records that hold something else than they should: what they are of is told, and all the rest goes on."""

from __future__ import annotations

import json
import time

import pytest

import runlog
from runlog import Experiment, Model
from runlog.cli.program import run_program
from runlog.errors import ConfigurationError, ModelNotFoundError
from runlog.writing.level_requests import entry_of

DEEP = "[" * 5_000 + "]" * 5_000
ODD = {
    "no JSON": "{",
    "no object": "[1, 2]",
    "a number for each text": '{"name": 1, "path": 2, "tags": 3, "created": "x"}',
    "nested too deeply": f'{{"name": "odd", "tags": {DEEP}}}',
    "a moment beyond 64 bits": f'{{"name": "odd", "version": 1, "created": {1 << 63}, "archived": {1 << 63}}}',
    "tags that are no texts": '{"name": "odd", "created": 1, "tags": {"a": [1]}}',
}
odd = pytest.mark.parametrize("content", ODD.values(), ids=ODD.keys())


@pytest.fixture
def trained(workspace):
    run = Experiment(workspace, "trained").start_logging(outputs=False)
    with open("source", "w") as file:
        file.write("weights")
    run.upload_file("net", "source")
    run.register_model("net")
    run.register_model("net")
    run.register_model("other", "net")
    run.complete()
    return run


def write(workspace, name, content):
    path = workspace.backend.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


@odd
def test_a_model_whose_record_is_odd_keeps_no_other_from_being_listed(trained, workspace, content):
    write(workspace, "models/net/2.json", content)
    assert [model.id for model in Model.list(workspace)] == ["net:1", "other:1"]
    assert Model(workspace, "net").version == 1
    assert workspace.models.keys() == {"net", "other"}
    with pytest.raises(ModelNotFoundError, match="no version 2"):
        Model(workspace, "net", 2)


@odd
def test_an_odd_record_does_not_stop_the_next_version(trained, workspace, content):
    write(workspace, "models/net/2.json", content)
    assert trained.register_model("net").version == 3


@odd
def test_an_experiment_whose_record_is_odd_takes_runs_and_keeps_no_other_from_being_listed(trained, workspace, content):
    write(workspace, "experiments/odd.json", content)
    with runlog.start("odd") as run:
        run.log("loss", 1.0)
    assert run.get_metrics() == {"loss": [1.0]}
    assert "trained" in workspace.experiments
    with pytest.raises(ConfigurationError, match="experiments/odd.json"):
        assert Experiment(workspace, "odd").tags


@odd
def test_a_mark_of_the_catalogue_that_is_odd_hides_no_experiment(trained, workspace, content):
    write(workspace, "experiments/.complete", content)
    assert "trained" in workspace.experiments


@odd
def test_a_list_of_packages_that_is_odd_is_told_of(trained, workspace, content):
    from runlog.reading.system_facts import with_packages

    facts = with_packages(
        {"packages": {"count": 1, "content": {"sha256": "a" * 64, "size": 1}}}, lambda _: content.encode()
    )
    assert facts["packages"]["count"] == 1
    assert facts["packages"]["incomplete"] == "the list can't be read"


@pytest.mark.parametrize("pointer", [1, [1], "x", {"size": 1}, {"sha256": 5, "size": 1}, {"sha256": "../x", "size": 1}])
def test_packages_that_name_no_content_are_told_of(trained, workspace, pointer):
    from runlog.reading.system_facts import with_packages

    facts = with_packages({"packages": {"count": 1, "content": pointer}}, workspace.backend.read_blob)
    assert facts["packages"]["incomplete"] == "the list is gone from blobs/"


@odd
def test_requests_for_levels_that_are_odd_are_told_of_in_a_sentence(trained, workspace, content, capsys):
    write(workspace, entry_of(trained.id), content)
    with pytest.raises(SystemExit) as ended:
        run_program(["level", trained.id, "--list"])
    assert ended.value.code == 1
    assert "levels.json" in capsys.readouterr().err


@odd
def test_what_is_asked_for_takes_the_place_of_odd_requests(trained, workspace, content):
    from runlog.writing.level_requests import LevelRequest, change, wanted

    write(workspace, entry_of(trained.id), content)
    asked = {"app": LevelRequest(level=10, seconds=60, time=time.time_ns())}
    assert change(workspace.backend, trained.id, asked) == asked == wanted(workspace.backend, trained.id)


def test_an_odd_folder_among_the_models_is_passed_by(trained, workspace):
    for name in ("\u0661.json", "9" * 30 + ".json", "x.json"):
        write(workspace, f"models/net/{name}", json.dumps({"name": "net"}))
    assert Model(workspace, "net").version == 2
