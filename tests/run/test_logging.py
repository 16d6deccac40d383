"""`run.log` and its kin on a run: what they keep, what they refuse, and what they say once."""

from __future__ import annotations

import contextlib
import logging

import numpy as np
import pytest

from runlog import Experiment, errors


@pytest.fixture
def run(workspace):
    run = Experiment(workspace, "logging").start_logging(outputs=False)
    yield run
    run.complete()


def said(heard, text: str) -> list[str]:
    return [message for message in heard.messages if text in message]


def test_values_of_one_name_make_a_list_each_with_its_type(run):
    for value in (1, 2.5, True, None, "text", 2**70):
        run.log("mixed", value)
    assert run.get_metrics() == {"mixed": [1, 2.5, True, None, "text", 2**70]}
    assert [type(value) for value in run.get_metrics()["mixed"]] == [int, float, bool, type(None), str, int]


def test_names_come_in_the_order_first_logged(run):
    run.log("b", 1)
    run.log_row("row", x=1)
    run.log_list("a", [1, 2])
    run.log("b", 2)
    assert list(run.get_metrics()) == ["b", "row", "a"]


def test_a_list_and_scalars_join(run):
    run.log("loss", 1.0)
    run.log_list("loss", [0.5, 0.25])
    run.log("loss", 0.125)
    assert run.get_metrics() == {"loss": [1.0, 0.5, 0.25, 0.125]}


LOG = {
    "scalar": lambda run: run.log("name", 1.0),
    "row": lambda run: run.log_row("name", x=1),
    "table": lambda run: run.log_table("name", {"x": [1]}),
    "image": lambda run: run.log_image("name", image=np.zeros((2, 2), np.uint8)),
}


@pytest.mark.parametrize("first", LOG)
@pytest.mark.parametrize("second", LOG)
def test_one_name_under_another_kind_is_refused_and_costs_nothing(run, first, second):
    if first == second:
        LOG[first](run)
        LOG[second](run)
        return
    LOG[first](run)
    before = run.get_metrics()
    with pytest.raises(errors.MetricKindError, match=f"'name' was logged as a {first} before"):
        LOG[second](run)
    assert run.get_metrics() == before


def test_the_kind_that_another_process_logged_counts_too(run, workspace, run_script):
    run.log("name", 1.0)
    run.flush()
    done = run_script(f"""
        from runlog import Workspace, errors
        guest = Workspace.from_config().get_run({run.id!r})
        try:
            guest.log_row("name", x=1)
        except errors.MetricKindError as error:
            print(error)
    """)
    assert "logged as a scalar before" in done.stdout


def test_two_spellings_that_merge_are_told_of_once(run, heard):
    for _ in range(3):
        run.log("loss of size ", 1.0)
        run.log("loss of size", 0.5)
    assert run.get_metrics() == {"loss of size": [1.0, 0.5] * 3}
    (message,) = said(heard, "are one")
    assert "'loss of size '" in message
    assert "'loss of size'" in message


def test_composed_and_decomposed_letters_are_one_name(run, heard):
    run.log("gro\u0308sse", 1)
    run.log("gr\u00f6sse", 2)
    assert run.get_metrics() == {"gr\u00f6sse": [1, 2]}
    assert len(said(heard, "are one")) == 1


def test_one_spelling_alone_is_not_told_of(run, heard):
    run.log(" alone ", 1)
    run.log(" alone ", 2)
    assert said(heard, "alone") == []


def test_tags_whose_keys_merge_are_told_of(run, heard):
    run.set_tags({"owner": "a", "owner ": "b"})
    assert run.tags == {"owner": "b"}
    assert len(said(heard, "the tag keys 'owner' and 'owner '")) == 1


def test_a_name_that_is_too_long_is_cut_and_this_is_said_once(run, heard):
    name = "long name " * 40
    run.log(name, 1)
    run.log(name, 2)
    ((kept, values),) = run.get_metrics().items()
    assert (len(kept), values) == (255, [1, 2])
    assert len(said(heard, "was cut to 255")) == 1


def test_a_row_takes_a_mapping_for_columns_called_name_or_description(run):
    run.log_row("people", {"name": "Ada", "description": "countess"}, born=1815)
    assert run.get_metrics() == {"people": {"name": ["Ada"], "description": ["countess"], "born": [1815]}}
    with pytest.raises(errors.WrongValueError, match="'born' is given twice"):
        run.log_row("people", {"born": 1}, born=2)


def test_the_step_column_of_a_row_is_its_step(run):
    run.log_row("wave", angle=1, step=7)
    assert run.step == 7
    run.log_row("wave", angle=1, step="last")  # a column all the same
    assert run.get_metrics() == {"wave": {"angle": [1, 1], "step": [7, "last"]}}


def test_rows_with_different_columns_have_gaps(run):
    run.log_row("row", a=1)
    run.log_row("row", b=2)
    assert run.get_metrics() == {"row": {"a": [1, None], "b": [None, 2]}}


def test_a_row_without_columns_is_a_row_of_gaps(run):
    run.log_row("row", a=1)
    run.log_row("row")
    run.log_row("row", a=3)
    assert run.get_metrics() == {"row": {"a": [1, None, 3]}}


def test_metrics_that_are_refused_for_one_of_their_kinds_leave_the_other_names_free(run):
    run.log_row("row", a=1)
    with pytest.raises(errors.MetricKindError):
        run.log_metrics({"free": 1, "row": 2})
    run.log_row("free", a=1)


def test_steps_may_repeat_and_go_back_and_be_missing(run):
    for step in (3, 3, 1, None, 2.0, np.int64(9)):
        run.log("loss", 0.5, step=step)
    assert run.series("loss").steps == [3, 3, 1, None, 2, 9]
    with pytest.raises(errors.WrongValueError):
        run.log("loss", 0.5, step=2.5)
    assert len(run.series("loss")) == 6


def test_an_image_has_its_step(run):
    run.log_image("noise", image=np.zeros((2, 3), np.uint8), description="black", step=4)
    (image,) = run.get_metrics()["noise"]
    assert (image.step, image.width, image.height, image.description) == (4, 3, 2, "black")
    assert image.read_bytes().startswith(b"\x89PNG")


def test_descriptions_are_kept(run):
    run.log("loss", 1.0, "what is lost")
    run.log_row("row", "a row", x=1)
    series = run.state().series
    assert (series["loss"].description, series["row"].description) == ("what is lost", "a row")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda run: run.log("x", [1]),
        lambda run: run.log(5, 1),
        lambda run: run.log("x", object()),
        lambda run: run.log("x", 1, step="1"),
        lambda run: run.log("x", 1, description=5),
        lambda run: run.log_metrics([1]),
        lambda run: run.log_metrics({"x": 1, "y": [1]}),
        lambda run: run.log_list("x", "text"),
        lambda run: run.log_row("x", a=[1]),
        lambda run: run.log_table("x", 5),
        lambda run: run.log_image("x", image="path.png"),
        lambda run: run.log_params(5),
        lambda run: run.set_tags(5),
        lambda run: run.tag(5),
        lambda run: run.upload_file("x", 5),
        lambda run: run.fail(5),
    ],
)
def test_a_wrong_type_raises_at_the_first_call_and_leaves_nothing(run, wrong):
    with pytest.raises(errors.WrongTypeError):
        wrong(run)
    assert (run.get_metrics(), run.params, run.tags, run.get_file_names()) == ({}, {}, {}, [])
    assert run.dropped == 0


def test_values_amounts_and_lengths_never_raise(run):
    run.log("not a number", float("nan"))
    run.log("endless", float("inf"))
    run.log("huge", 10**400)
    run.log("long", "x" * 2_000_000)
    run.log_list("many", range(100_000))
    run.log_table("wide", {f"column {number}": [number] for number in range(500)})
    run.set_tags({f"tag {number}": "v" * 9000 for number in range(60)})
    metrics = run.get_metrics()
    assert (len(metrics["long"][0]), len(metrics["many"]), len(metrics["wide"])) == (2_000_000, 100_000, 500)
    assert metrics["huge"] == [10**400]
    assert len(run.tags) == 60
    assert run.dropped == 0


def test_parameters_keep_their_types_and_the_newest_counts(run):
    run.log_params({"alpha": 0.5, "layers": [64, 32], "seed": 1})
    run.log_params({"seed": 2})
    assert run.params == {"alpha": 0.5, "layers": "[64, 32]", "seed": 2}


def test_tags_are_text(run):
    run.tag("team", "vision")
    run.tag("mark")
    run.set_tags({"year": 2026})
    assert run.tags == {"team": "vision", "mark": None, "year": "2026"}


def test_metrics_can_be_asked_for_one_by_one_by_run_and_in_azures_shape(run):
    run.log("one", 1.0)
    run.log_list("two", [1, 2])
    run.log_row("row", x=1)
    assert run.get_metrics(name=" one ") == {"one": [1.0]}
    assert run.get_metrics(recursive=True) == {run.id: run.get_metrics()}
    assert run.get_metrics(shape="azure") == {"one": 1.0, "two": [1, 2], "row": {"x": 1}}
    with pytest.raises(errors.WrongValueError, match="shape='odd'"):
        run.get_metrics(shape="odd")


def test_a_series_that_is_not_there_names_those_that_are(run):
    run.log("loss", 1)
    with pytest.raises(errors.MetricNotFoundError, match="'loss'"):
        run.series("los")


# -- after the end -----------------------------------------------------------------------------------------------------


def test_what_is_logged_after_the_end_is_kept_marked_late_and_told_of_once(workspace, heard):
    logging.getLogger().setLevel(logging.DEBUG)
    run = Experiment(workspace, "late").start_logging()
    run.log("loss", 1.0)
    run.complete()
    run.log("loss", 0.5)
    run.log_metrics({"late": 1})
    run.log_row("row", x=1)
    run.tag("late", "yes")
    assert run.get_metrics() == {"loss": [1.0, 0.5], "late": [1], "row": {"x": [1]}}
    assert run.tags == {"late": "yes"}
    assert [writer.late for writer in workspace.backend.journal(run.id).writers] == [False, True]
    assert len(said(heard, "after its end")) == 1
    assert run.status == workspace.get_run(run.id).status == "Completed"


def test_labels_that_are_set_after_the_end_are_kept_and_nothing_is_said_of_it(workspace, heard):
    with Experiment(workspace, "late").start_logging() as run:
        run.log("loss", 1.0)
    run.tag("reviewed", "yes")
    run.add_properties({"dataset": "v2"})
    run.display_name = "the good one"
    run.note("worth keeping")
    again = workspace.get_run(run.id)
    assert (again.tags, again.properties, again.display_name) == (
        {"reviewed": "yes"},
        {"dataset": "v2"},
        "the good one",
    )
    assert [note.text for note in again.notes] == ["worth keeping"]
    assert said(heard, "after its end") == []


def test_ending_twice_keeps_the_first_end(workspace):
    run = Experiment(workspace, "twice").start_logging()
    run.fail(ValueError("no"), error_code="Mine")
    run.complete()
    run.cancel()
    state = run.state()
    assert (run.status, state.error.message, state.error.code, state.error.type) == (
        "Failed",
        "no",
        "Mine",
        "ValueError",
    )


@pytest.mark.parametrize(
    ("error", "status"),
    [(None, "Completed"), (ValueError("x"), "Failed"), (KeyboardInterrupt(), "Canceled"), (SystemExit(0), "Completed")],
)
def test_a_block_ends_its_run_by_how_it_was_left(workspace, error, status):
    run = Experiment(workspace, "block").start_logging()
    with pytest.raises(type(error)) if error is not None else contextlib.nullcontext(), run:
        if error is not None:
            raise error
    assert run.status == status
