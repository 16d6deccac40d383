"""`runlog diff`."""

from __future__ import annotations

import json

from runlog import Workspace

CODE = """
import sys
import runlog
with runlog.start(display_name=sys.argv[1]) as run:
    run.log_params({"alpha": float(sys.argv[2]), "seed": 0})
    run.log("loss", 1.0)
    run.log("loss", float(sys.argv[2]))
    run.log("same", float("nan"))
"""


def rows(call, *arguments):
    lines = call("diff", *arguments, "--json").lines
    return {(one["type"], one["name"]): (one["left"], one["right"]) for one in map(json.loads, lines)}


def fake_package(folder, version):
    (folder / f"fake-{version}.dist-info").mkdir(parents=True)


def test_parameters_last_values_surroundings_and_packages_that_differ_are_listed(
    call, run_script, workspace, own_folder
):
    fake_package(own_folder / "one", "1.0")
    fake_package(own_folder / "two", "2.0")
    run_script(CODE, "first", "0.25", env={"PYTHONPATH": str(own_folder / "one"), "OMP_NUM_THREADS": "1"})
    run_script(CODE, "second", "0.5", env={"PYTHONPATH": str(own_folder / "two")})
    found = rows(call, "first", "second")
    assert found["param", "alpha"] == (0.25, 0.5)
    assert found["metric", "loss"] == (0.25, 0.5)
    assert found["package", "fake"] == ("1.0", "2.0")
    assert found["system", "environment.OMP_NUM_THREADS"] == ("1", None)
    assert {kind for kind, _ in found} == {"param", "metric", "package", "system"}
    assert ("param", "seed") not in found
    assert ("metric", "same") not in found
    assert [name for _, name in found if name.endswith(".pid") or name.startswith("cpu")] == []


def test_a_table_has_a_column_for_each_run(call, start):
    for name, alpha in (("first", 1), ("second", 2)):
        with start(name, capture_system=False) as run:
            run.log_params({"alpha": alpha})
    lines = [line.split() for line in call("diff", "-2", "-1").lines]
    assert lines == [["name", "first", "second"], ["param", "alpha", "1", "2"]]


def test_one_value_of_two_types_differs(call, start):
    for name, alpha in (("first", 1), ("second", 1.0)):
        with start(name, capture_system=False) as run:
            run.log_params({"alpha": alpha})
    assert list(rows(call, "first", "second")) == [("param", "alpha")]


def test_runs_that_are_alike_are_said_to_be(call, start):
    for name in ("first", "second"):
        start(name, capture_system=False).complete()
    assert call("diff", "first", "second").lines == [
        "first and second have the same parameters, tags, last values, surroundings and packages"
    ]


def test_a_run_that_is_not_there_is_told_of(call, start):
    start("first").complete()
    assert call("diff", "first", "nothing-such").code == 1
    assert Workspace.from_config().get_run("first").display_name == "first"


def begin(start, name, number):
    with start(name, capture_system=False, tags={"team": f"team {number}", "same": "x"}) as run:
        run.log_params({"opt": {"lr": number / 10}, "seed": 0})
        run.add_properties({"data": f"v{number}"})
        for value in (5 - number, 3, 4):
            run.log("loss", value)


def test_tags_properties_and_extremes_that_differ_are_listed(call, start):
    for number in range(2):
        begin(start, f"run{number}", number)
    found = rows(call, "run0", "run1")
    assert found["tag", "team"] == ("team 0", "team 1")
    assert found["property", "data"] == ("v0", "v1")
    assert found["param", "opt.lr"] == (0.0, 0.1)
    assert {kind for kind, _ in found} == {"tag", "property", "param"}
    assert rows(call, "run0", "run1", "--extremes")["metric", "max(loss)"] == (5.0, 4.0)


def test_more_than_two_runs_are_compared_at_once(call, start):
    for number in range(3):
        begin(start, f"run{number}", number)
    lines = [line.split() for line in call("diff", "-3", "-2", "-1").lines]
    assert lines[0] == ["name", "run0", "run1", "run2"]
    assert ["param", "opt.lr", "0", "0.1", "0.2"] in lines
    told = [json.loads(line) for line in call("diff", "-3", "-2", "-1", "--json").lines]
    assert {"type": "property", "name": "data", "values": ["v0", "v1", "v2"]} in told
    assert call("diff", "run0", "run0", "run0").out.startswith("1, 2 and 3 have the same")


def test_one_run_is_compared_with_nothing(call, start):
    start("first").complete()
    refused = call("diff", "first")
    assert (refused.code, "name two runs or more" in refused.err) == (2, True)


def test_values_that_do_not_compare_are_told_apart(call, start):
    from decimal import Decimal
    from fractions import Fraction

    for value in (Decimal("sNaN"), Fraction(1, 3), 10**5000):
        with start(capture_system=False) as run:
            run.log_params({"p": value})
            run.log("same", Decimal("sNaN"))
    assert [json.loads(line)["name"] for line in call("diff", "-3", "-2", "-1", "--json").lines] == ["p"]
