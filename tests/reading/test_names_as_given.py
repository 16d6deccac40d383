"""Wherever a user gives a name, it is brought to the one spelling under which it is kept."""

from __future__ import annotations

import pytest

from runlog import Experiment, Model, Run
from runlog.errors import WrongTypeError, WrongValueError
from runlog.reading.run_filter import make_run_filter
from runlog.statuses import known_status

SPELLINGS = {
    "decomposed": "cafe\u0301",
    "with a blank": " loss ",
    "with control characters": "a\tb\x00c",
    "too long": "long name " * 40,
    "with a lone surrogate": "x\udc80",
}


@pytest.fixture(params=SPELLINGS)
def spelling(request):
    return SPELLINGS[request.param]


@pytest.fixture
def run(workspace, spelling):
    """A run in which everything goes by that name."""
    experiment = Experiment(workspace, "names")
    with experiment.start_logging(tags={spelling: spelling}, group=spelling) as run:
        run.log(spelling, 1, step=1)
        run.log_params({spelling: 1, "inner": {spelling: 2}})
        run.add_properties({spelling: spelling})
    return run


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def test_queries_find_what_was_logged_under_a_name(workspace, run, spelling):
    name = quoted(spelling)
    for query in (f"metrics.{name} = 1", f"max(metrics.{name}) = 1", f"params.{name} = 1", f"tags.{name} is not null"):
        assert [found.id for found in workspace.runs(query)] == [run.id]
    assert len(workspace.runs(f"properties.{name} is not null order by metrics.{name}")) == 1
    store = workspace.backend.store()
    assert [found.id for found in store.find_runs(f"metrics.{name} = 1 and params.{name} = 1").items] == [run.id]


def test_lists_of_runs_find_it_by_tags_properties_and_group(workspace, run, spelling):
    for wanted in (spelling, [spelling], {spelling: spelling}):
        assert len(run.experiment.get_runs(tags=wanted)) == 1
        assert len(run.experiment.get_runs(properties=wanted)) == 1
        assert len(Run.list(run.experiment, tags=wanted, group=spelling)) == 1
    assert len(run.experiment.get_runs(tags={spelling: "other"})) == 0
    assert len(workspace.runs(group=spelling)) == 1


def test_a_metric_is_read_by_it(workspace, run, spelling):
    assert run.series(spelling).values == [1]
    assert list(run.get_metrics(spelling).values()) == [[1]]
    assert workspace.backend.store().buckets(run.id, spelling, 10).total == 1


def test_a_tag_is_removed_by_it(workspace, run, spelling, own_folder):
    run.remove_tags([spelling])
    assert run.tags == {}
    run.experiment.set_tags({spelling: "x"})
    run.experiment.remove_tags([spelling])
    assert run.experiment.tags == {}
    (own_folder / "model.txt").write_text("weights")
    run.upload_file("model.txt", "model.txt")
    model = run.register_model("net", model_path="model.txt", tags={spelling: "x"})
    assert len(Model.list(workspace, tags=spelling)) == 1
    model.remove_tags([spelling])
    assert Model(workspace, "net").tags == {}


def test_an_experiment_is_found_by_any_composition_of_its_letters(workspace):
    with Experiment(workspace, "caf\u00e9").start_logging() as run:
        run.log("x", 1)
    assert len(workspace.runs(experiment="cafe\u0301")) == 1
    assert len(workspace.runs("metrics.x = 1", experiment="cafe\u0301")) == 1
    assert len(workspace.runs("experiment = 'cafe\u0301'")) == 1
    with pytest.raises(WrongValueError, match="can't name an experiment"):
        workspace.runs(experiment="no/such name")


# -- statuses ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("failed", "Failed"),
        (" Completed ", "Completed"),
        ("FINISHED", "Completed"),
        ("KILLED", "Canceled"),
        ("Cancelled", "Canceled"),
        ("SCHEDULED", "NotStarted"),
        ("Queued", "NotStarted"),
        ("CancelRequested", "Running"),
    ],
)
def test_a_status_goes_by_its_names_in_mlflow_and_azure_too(given, status):
    assert known_status(given) == status


def test_a_status_that_there_is_not_is_refused_with_the_one_that_was_meant(workspace):
    with pytest.raises(WrongValueError, match="unknown status 'Faild': did you mean 'Failed'?"):
        Run.list(Experiment(workspace, "names"), status="Faild")
    with pytest.raises(WrongValueError, match="unknown status 'done': use NotStarted, Running, .* or Unreadable"):
        make_run_filter(None, None, None, "done")
    with pytest.raises(WrongTypeError, match="a status is a text"):
        make_run_filter(None, None, None, 5)


def test_a_failed_run_is_found_by_any_of_its_names(workspace):
    experiment = Experiment(workspace, "names")
    experiment.start_logging().fail("no data")
    for status in ("Failed", "failed", "FAILED"):
        assert len(Run.list(experiment, status=status)) == 1
        assert len(workspace.runs(f"status = '{status}'")) == 1
