"""`runlog compact`: less room, and nothing else changes."""

from __future__ import annotations

import json

import pytest

import runlog


def fill(run, points=4000):
    for step in range(points):
        run.log_metrics({"loss": 1 / (step + 1), "lr": 0.001 * (step // 1000)}, step=step)
        if step % 10 == 0:
            run.log("epoch", step // 10)
    run.log_list("fib", [1, 1, 2, 3, 5])
    run.log_row("cos", angle=0.5, cos=0.87)
    run.log("big", 2**70)
    run.log("gap", None)
    run.log("name", "text")


READ = """
import json, runlog
run = runlog.Workspace.from_config().get_run("one")
print(json.dumps([run.get_metrics(), run.series("loss").values, run.series("loss").steps, run.series("loss").times_ns]))
"""


def suffixes(workspace, run):
    folder = workspace.backend._run(run.id)
    return {path.suffix for path in folder.iterdir() if "points" in path.name}


def test_what_is_read_of_a_run_is_the_same_before_and_after(call, workspace, run_script):
    with runlog.start("x", run_id="one") as run:
        fill(run)
    commands = [
        ("metrics", "one"),
        ("metrics", "one", "--json"),
        ("show", "one"),
        ("export", "one", "--format", "jsonl"),
    ]
    before = [call(*one).lines for one in commands], json.loads(run_script(READ).stdout)
    metrics = run.get_metrics()
    frame = run.to_pandas()
    assert suffixes(workspace, run) == {".seal"}
    done = call("compact")
    assert done.code == 0
    assert done.lines[0].startswith("compacted 1 segments: 0.3 MB became 0.0 MB")
    assert suffixes(workspace, run) == {".compact"}
    assert run.get_metrics() == metrics
    assert run.to_pandas().equals(frame)
    assert ([call(*one).lines for one in commands], json.loads(run_script(READ).stdout)) == before


def test_only_the_runs_that_are_named_are_compacted(call, workspace):
    runs = []
    for name in ("one", "two"):
        with runlog.start("x", run_id=name) as run:
            fill(run)
        runs.append(run)
    assert call("compact", "-1").code == 0
    assert [suffixes(workspace, run) for run in runs] == [{".seal"}, {".compact"}]
    assert call("compact").lines == ["compacted 1 segments: 0.3 MB became 0.0 MB"]
    assert call("compact").lines == ["compacted 0 segments: 0.0 MB became 0.0 MB"]


@pytest.mark.parametrize("package", ["numpy", "zstandard"])
def test_what_is_missing_is_said(call, workspace, monkeypatch, package):
    with runlog.start("x", run_id="one") as run:
        fill(run)
    monkeypatch.setitem(__import__("sys").modules, package, None)
    done = call("compact")
    assert done.code == 1
    assert "pip install 'runlog-ml[server]'" in done.err
    assert suffixes(workspace, run) == {".seal"}
