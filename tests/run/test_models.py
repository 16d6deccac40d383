"""Models: files of runs, named and numbered, that stay what they were when they were registered."""

from __future__ import annotations

import pytest

from runlog import Experiment, Model, Workspace
from runlog.errors import ModelNotFoundError, RunFileNotFoundError, RunNotFoundError, WrongTypeError, WrongValueError


@pytest.fixture
def run(workspace):
    return Experiment(workspace, "trained").start_logging(outputs=False)


def upload(run, name, content):
    with open("source", "w") as file:
        file.write(content)
    run.upload_file(name, "source")


def names_of(models):
    return [model.id for model in models]


def test_a_model_tells_where_it_came_from(run, workspace):
    upload(run, "outputs/model.txt", "weights")
    model = run.register_model(
        "ridge",
        "outputs/model.txt",
        tags={"stage": "test"},
        properties={"alpha": 0.4},
        model_framework="ScikitLearn",
        model_framework_version="1.5",
        description="the first",
    )
    found = Model(workspace, "ridge")
    assert found == model
    assert (found.name, found.version, found.id, found.url) == ("ridge", 1, "ridge:1", "models:/ridge/1")
    assert (found.run_id, found.run, found.description) == (run.id, run, "the first")
    assert (found.tags, found.properties) == ({"stage": "test"}, {"alpha": "0.4"})
    assert (found.model_framework, found.model_framework_version) == ("ScikitLearn", "1.5")
    assert [(file.name, file.size) for file in found.files] == [("", 7)]
    assert found.created_time.utcoffset() is not None


def test_the_path_is_the_models_name_where_none_is_given(run):
    upload(run, "ridge", "weights")
    assert run.register_model("ridge").download("copies").read_text() == "weights"


def test_each_registration_is_the_next_version(run, workspace):
    upload(run, "model", "one")
    upload(run, "other", "two")
    run.register_model("net", "model")
    run.register_model("net", "other")
    assert Model(workspace, "net").version == 2
    assert Model(workspace, "net", 1).download("a").read_text() == "one"
    assert Model(workspace, "net:2").download("b").read_text() == "two"
    assert Model(workspace, "net", "2") == Model(workspace, "net")


def test_a_version_keeps_its_content_when_the_runs_file_is_replaced(run):
    upload(run, "model", "one")
    model = run.register_model("net", "model")
    upload(run, "model", "two")
    assert model.download("copies").read_text() == "one"


def test_a_version_outlives_its_run(run, workspace):
    upload(run, "model", "one")
    model = run.register_model("net", "model")
    run.complete()
    run.delete()
    assert model.download("copies").read_text() == "one"
    with pytest.raises(RunNotFoundError):
        _ = model.run


def test_a_folder_is_registered_and_fetched_as_a_whole(run):
    for name in ("outputs/net/weights/1", "outputs/net/config", "outputs/network"):
        upload(run, name, name)
    model = run.register_model("net", "./outputs/net/")
    assert [file.name for file in model.files] == ["config", "weights/1"]
    folder = model.download("copies")
    assert folder.name == "net"
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == {
        "config",
        "weights/1",
    }
    assert (folder / "weights" / "1").read_text() == "outputs/net/weights/1"


def test_what_is_there_is_not_replaced_unless_asked_for(run):
    upload(run, "model", "one")
    model = run.register_model("net", "model")
    path = model.download("copies")
    path.write_text("mine")
    with pytest.raises(WrongValueError, match="exist_ok"):
        model.download("copies")
    assert path.read_text() == "mine"
    assert model.download("copies", exist_ok=True).read_text() == "one"


def test_a_path_that_the_run_does_not_have_is_answered_by_those_it_has(run):
    upload(run, "outputs/model.txt", "weights")
    with pytest.raises(RunFileNotFoundError, match=r"no file or folder 'model.txt'.*'outputs/model.txt'"):
        run.register_model("net", "model.txt")
    with pytest.raises(RunFileNotFoundError):
        run.register_model("net", "outputs/mod")
    assert Model.list(run.experiment.workspace) == []


def test_files_of_the_outputs_folder_are_registered_before_the_run_ends(workspace, own_folder):
    run = Experiment(workspace, "trained").start_logging(outputs="outputs")
    (own_folder / "outputs" / "model.txt").write_text("weights")
    assert run.register_model("net", "outputs/model.txt").download("copies").read_text() == "weights"


def test_a_run_of_another_process_that_ended_has_its_files_registered(run_script):
    run_script(
        """
        import runlog
        with open("model", "w") as file:
            file.write("weights")
        with runlog.start("elsewhere", outputs=False) as run:
            run.upload_file("model", "model")
        """
    )
    (run,) = Workspace.from_config().runs()
    assert run.register_model("net", "model").run_id == run.id


def test_models_are_listed_by_name_and_newest_version(run, workspace):
    upload(run, "model", "one")
    for name in ("b", "a", "b"):
        run.register_model(name, "model", tags={"name": name})
    assert names_of(Model.list(workspace)) == ["a:1", "b:2", "b:1"]
    assert names_of(Model.list(workspace, "b")) == ["b:2", "b:1"]
    assert names_of(Model.list(workspace, latest=True)) == ["a:1", "b:2"]
    assert names_of(Model.list(workspace, tags={"name": "a"})) == ["a:1"]
    assert names_of(workspace.models.values()) == ["a:1", "b:2"]


def test_tags_of_a_version_change(run, workspace):
    upload(run, "model", "one")
    model = run.register_model("net", "model", tags={"stage": "test", "old": None})
    model.add_tags({"stage": "live"})
    model.remove_tags(["old"])
    assert Model(workspace, "net").tags == model.tags == {"stage": "live"}
    with pytest.raises(WrongTypeError):
        model.remove_tags("stage")


def test_a_deleted_version_is_gone_and_its_number_is_not_given_again(run, workspace):
    upload(run, "model", "one")
    first, second = (run.register_model("net", "model") for _ in range(2))
    second.delete()
    assert names_of(Model.list(workspace)) == ["net:1"]
    assert run.register_model("net", "model").version == 3
    for call in (second.delete, lambda: second.tags, lambda: second.add_tags({"a": 1})):
        with pytest.raises(ModelNotFoundError, match="no version 2; it has 1, 3"):
            call()
    assert first.download("copies").read_text() == "one"


def test_a_model_that_there_is_not_is_answered_by_those_there_are(run, workspace):
    upload(run, "model", "one")
    run.register_model("net", "model")
    with pytest.raises(ModelNotFoundError, match=r"no model 'other'.*'net'"):
        Model(workspace, "other")
    with pytest.raises(ModelNotFoundError, match="no version 7; it has 1"):
        Model(workspace, "net", 7)


@pytest.mark.parametrize(
    ("name", "version", "error"),
    [
        ("", None, WrongValueError),
        ("a/b", 1, WrongValueError),
        (3, None, WrongTypeError),
        ("a", 1.5, WrongTypeError),
        ("a", "x", WrongValueError),
        ("a", True, WrongTypeError),
    ],
)
def test_names_and_versions_that_can_not_be_are_refused(workspace, name, version, error):
    with pytest.raises(error):
        Model(workspace, name, version)


@pytest.mark.parametrize("argument", ["datasets", "sample_input_dataset", "resource_configuration", "unheard_of"])
def test_arguments_without_a_meaning_are_refused(run, argument):
    upload(run, "model", "one")
    with pytest.raises(WrongValueError, match=argument):
        run.register_model("model", **{argument: 1})


def test_processes_that_register_at_once_get_different_versions(run, workspace, start_script):
    upload(run, "model", "one")
    code = """
        import sys
        from runlog import Workspace
        run = Workspace.from_config().get_run(sys.argv[1])
        input()
        for _ in range(10):
            run.register_model("net", "model")
        """
    processes = [start_script(code, run.id) for _ in range(3)]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert sorted(model.version for model in Model.list(workspace)) == list(range(1, 31))


def test_where_nothing_is_kept_a_program_that_registers_models_goes_on(run_script, own_folder):
    printed = run_script(
        """
        import runlog
        with open("model", "w") as file:
            file.write("weights")
        with runlog.start("off", outputs=False) as run:
            run.upload_file("model", "model")
            model = run.register_model("net", "model", tags={"a": 1})
            model.add_tags({"b": 2})
            print(model.id, model.tags, len(run.create_children(count=2)))
            with run.child_run() as child:
                child.log("loss", 1)
        """,
        env={"RUNLOG_MODE": "disabled"},
    ).stdout
    assert printed == "net:1 {'a': '1'} 2\n"
    assert not (own_folder / ".runlog").exists()
