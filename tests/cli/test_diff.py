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
        "first and second have the same parameters, last values, surroundings and packages"
    ]


def test_a_run_that_is_not_there_is_told_of(call, start):
    start("first").complete()
    assert call("diff", "first", "nothing-such").code == 1
    assert Workspace.from_config().get_run("first").display_name == "first"
