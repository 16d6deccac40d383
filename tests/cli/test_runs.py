"""`runlog runs`."""

from __future__ import annotations

import json

import pytest

from runlog.cli.short_ids import short_ids


def test_runs_are_listed_newest_first(call, start):
    for name in ("first", "second", "third"):
        start(name).complete()
    assert [line.split()[1] for line in call("runs").lines[1:]] == ["third", "second", "first"]


def test_a_line_has_what_a_run_is_and_how_it_stands(call, start):
    start("one").fail("no luck")
    heading, line = call("runs").lines
    assert heading.split() == ["id", "name", "experiment", "status", "started", "duration"]
    assert line.split()[1:4] == ["one", "sweep", "Failed"]


def test_the_id_shown_finds_the_run(call, start):
    run = start("one")
    start("two")
    run.complete()
    shown = call("runs").lines[2].split()[0]
    assert run.id.endswith(shown)
    assert run.id in call("show", shown).out


def test_an_id_that_a_person_chose_is_shown_whole():
    assert short_ids(["baseline-of-tuesday"], ["baseline-of-tuesday"]) == {"baseline-of-tuesday": "baseline-of-tuesday"}


def test_a_short_id_grows_until_no_other_id_contains_it():
    one, other = "r0123456789abcdefghijk", "r0000006789abcdefghijk"
    assert short_ids([one], [one, other]) == {one: "56789abcdefghijk"}


def test_runs_are_chosen_by_experiment_and_status(call, start):
    start("a", experiment="one").complete()
    start("b", experiment="two").complete()
    start("c", experiment="two").cancel()
    assert [line.split()[1] for line in call("runs", "-e", "two").lines[1:]] == ["c", "b"]
    assert [line.split()[1] for line in call("runs", "-s", "completed").lines[1:]] == ["b", "a"]


def test_the_limit_counts_the_runs_that_fit(call, start):
    for name in ("a", "b", "c"):
        start(name).complete()
    start("d").cancel()
    assert [line.split()[1] for line in call("runs", "-s", "Completed", "-n", "2").lines[1:]] == ["c", "b"]


def test_last_values_of_metrics_are_shown_on_request(call, start):
    with start("with") as run:
        run.log("loss", 0.5)
        run.log("loss", 0.25)
    start("without").complete()
    without, with_it = call("runs", "-m", "loss").lines[1:]
    assert (without.split()[-1], with_it.split()[-1]) == ("-", "0.25")


def test_json_has_one_object_for_each_run_with_times_in_utc(call, start):
    with start("one", tags={"team": "vision"}) as run:
        run.log_params({"alpha": 0.5})
        run.log("loss", 2)
    (line,) = call("runs", "--json", "-m", "loss").lines
    found = json.loads(line)
    assert found["id"] == run.id
    assert found["created"].endswith("Z")
    assert (found["params"], found["tags"], found["metrics"]) == ({"alpha": 0.5}, {"team": "vision"}, {"loss": 2})


def test_a_workspace_without_runs_has_an_empty_list(call, workspace):
    assert len(call("runs").lines) == 1


@pytest.mark.parametrize("name", ["über \N{SNOWMAN}", "tab\there", "\x1b[31mred"])
def test_a_name_cannot_do_harm_to_the_terminal(name, call, start):
    start(name).complete()
    line = call("runs").lines[1]
    assert "\x1b" not in line
    assert "\t" not in line


def test_runs_are_chosen_by_group(call, start):
    start("a", group="sweep").complete()
    start("b").complete()
    assert [line.split()[1] for line in call("runs", "--group", "sweep").lines[1:]] == ["a"]


def test_a_query_that_can_not_be_read_is_shown_with_a_mark_beneath_the_place(call, start):
    start("one").complete()
    done = call("runs", "metrics.loss ~ 3")
    assert done.code == 1
    *_, shown, mark = done.err.splitlines()
    assert shown.index("~") == mark.index("^")
