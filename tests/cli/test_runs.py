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


@pytest.fixture
def sweep(start):
    """Three runs that differ in metrics, parameters and tags."""
    for number in range(3):
        with start(f"run{number}", tags={"team": "vision", "mark": None} if number else {}, group="g") as run:
            run.log_params({"opt": {"lr": number / 10}, "layers": [64, number]})
            for step in range(4):
                run.log("mse", 10 + number - step)
    return run


def cells(call, *arguments):
    return [line.split() for line in call("runs", *arguments).lines[1:]]


def test_columns_are_parameters_tags_and_extremes_of_metrics(call, sweep):
    asked = ("-m", "min(metrics.mse)", "-m", "max( mse )", "-m", "count(mse)", "-p", "opt.lr", "-t", "team")
    heading = call("runs", *asked).lines[0]
    for name in ("min(metrics.mse)", "max( mse )", "count(mse)", "opt.lr", "team"):
        assert name in heading
    assert [row[-5:] for row in cells(call, *asked)[:2]] == [
        ["9", "12", "4", "0.2", "vision"],
        ["8", "11", "4", "0.1", "vision"],
    ]
    assert cells(call, *asked)[2][-5:] == ["7", "10", "4", "0", "-"]
    assert cells(call, "-p", "layers", "-t", "mark")[0][-2:] == ["[64,", "2]"]


def test_the_index_gives_the_same_columns(call, sweep):
    asked = ("-m", "min(mse)", "-m", "mse", "-p", "opt.lr", "-t", "team")
    before = cells(call, *asked)
    call("index", "rebuild")
    assert cells(call, *asked) == before
    assert [json.loads(line)["metrics"] for line in call("runs", "--json").lines] == [
        {"mse": 9},
        {"mse": 8},
        {"mse": 7},
    ]


def test_json_has_all_last_values_or_those_that_are_asked_for(call, sweep):
    assert json.loads(call("runs", "--json").lines[0])["metrics"] == {"mse": 9}
    asked = json.loads(call("runs", "--json", "-m", "min(mse)", "-m", "none").lines[0])
    assert asked["metrics"] == {"min(mse)": 9.0}
    assert asked["params"] == {"opt.lr": 0.2, "layers": "[64, 2]"}


def test_a_status_that_there_is_not_is_refused_and_names_of_mlflow_are_taken(call, start):
    start("one").complete()
    start("two").fail("no luck")
    refused = call("runs", "--status", "Faild")
    assert refused.code == 2
    assert "unknown status 'Faild': did you mean 'Failed'?" in refused.err
    assert [row[1] for row in cells(call, "-s", "FINISHED")] == ["one"]
    assert [row[1] for row in cells(call, "status = 'FAILED'")] == ["two"]
    assert "unknown status 'Compleet'" in call("runs", "status = 'Compleet'").err


def test_runs_are_found_by_their_group(call, sweep):
    assert len(cells(call, "group = 'g' and metrics.mse > 7")) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-e", "swep"), "no experiment is called 'swep': did you mean 'sweep'?"),
        (("-g", "h"), "no group is called 'h'"),
        (("metrics.msee < 3000",), "no metric is called 'msee': did you mean 'mse'?"),
        (("min(metrics.nothing) < 3",), "no metric is called 'nothing'"),
        (("params.opt.rl = 1 and tags.taem = 'x'",), "no tag is called 'taem': did you mean 'team'?"),
        (("params.opt.rl = 1",), "no parameter is called 'opt.rl': did you mean 'opt.lr'?"),
        (("properties.x = '1'",), "no property is called 'x'"),
    ],
)
def test_where_nothing_is_found_it_is_said_what_there_is(call, sweep, arguments, said):
    ended = call("runs", *arguments)
    assert (ended.code, len(ended.lines)) == (0, 1)
    assert "no run matches; 3 runs in " in ended.err
    assert said in ended.err


def test_a_name_that_is_there_is_not_told_of(call, sweep):
    assert call("runs", "metrics.mse > 3000").err.splitlines() == [call("runs", "metrics.mse > 99").err.strip()]
    assert call("runs", "metrics.mse < 3000").err == ""
    assert call("runs", "metrics.msee < 3000", "--json").err == ""
