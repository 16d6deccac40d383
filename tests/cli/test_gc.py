"""`runlog gc`."""

from __future__ import annotations


def test_it_says_what_it_freed(call, workspace):
    workspace.backend.put_blob(b"x" * 10_000)
    assert call("gc", "--dry-run", "--grace", "0s").out == "would free 10.0 KB: 0 runs, 1 blobs, 0 leftovers\n"
    assert call("gc", "--grace", "0s").out == "freed 10.0 KB: 0 runs, 1 blobs, 0 leftovers\n"
    assert call("gc", "--grace", "0s").out == "freed 0 B: 0 runs, 0 blobs, 0 leftovers\n"


def test_runs_go_with_older_than_and_are_named(call, start):
    run = start()
    run.complete()
    assert call("gc", "--older-than", "1d").out.startswith("freed 0 B: 0 runs")
    assert call("gc", "--older-than", "0s").out.splitlines()[0] == f"removed run {run.id}"


def test_a_duration_that_is_none_is_refused(call, workspace):
    ended = call("gc", "--older-than", "long")
    assert (ended.code, "give 90s, 10m, 2h or 1d" in ended.err) == (2, True)
