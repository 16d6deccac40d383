"""Series cut into buckets: nothing is left out, no extreme is missed, whatever files the points stand in."""

from __future__ import annotations

import os
import random
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import runlog
from runlog import Workspace
from runlog.errors import MetricNotFoundError, RunNotFoundError, WrongValueError
from runlog.journal.compact import Compaction
from runlog.journal.compacting import compact_run
from runlog.journal.format import PointKind
from runlog.store.folder import FolderBackend
from runlog.store.series import buckets as buckets_module
from runlog.store.series.store import SeriesStore
from support.damage import damage
from support.sealed_points import Point, write_sealed

BEGIN = 10**18
ROUNDS = int(os.environ.get("RUNLOG_TEST_FUZZ", "100"))
FORMS = ["sealed", "compacted", "both"]


def store_of(folder):
    return SeriesStore(FolderBackend(folder))


def write_run(folder, points, form, segment=9000):
    """A run whose points stand in several segments."""
    run = folder / "runs" / "it"
    run.mkdir(parents=True)
    for number, start in enumerate(range(0, len(points), segment)):
        path = write_sealed(run, points[start : start + segment], number)
        if form == "compacted" or (form == "both" and number % 2):
            path.with_suffix(".compact").write_bytes(Compaction(path.read_bytes(), path.name).build())
            path.unlink()
    return store_of(folder)


def noise(count, stride=1):
    chance = random.Random(4)
    return [Point("loss", PointKind.FLOAT, chance.gauss(0, 1), at * stride, BEGIN + 1000 * at) for at in range(count)]


def check(found, places, numbers, count):
    """Each bucket against the points that lie in it; buckets of one series in order do not overlap."""
    assert len(found.low) <= count
    assert found.total == found.count.sum() == len(places)
    assert (found.low[1:] > found.high[:-1]).all()
    for at in range(len(found.low)):
        own = numbers[(places >= found.low[at]) & (places <= found.high[at])]
        assert found.count[at] == len(own)
        finite = own[np.isfinite(own)]
        if not len(finite):
            assert all(np.isnan(getattr(found, name)[at]) for name in ("min", "max", "sum", "first", "last"))
            continue
        assert (found.min[at], found.max[at]) == (finite.min(), finite.max())
        assert (found.first[at], found.last[at]) == (finite[0], finite[-1])
        assert found.sum[at] == pytest.approx(finite.sum())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("far_out", [False, True], ids=["by points", "by chunks"])
def test_every_bucket_tells_the_extremes_of_its_points(tmp_path, monkeypatch, form, far_out):
    if far_out:
        monkeypatch.setattr(buckets_module, "FEW", 0)
        monkeypatch.setattr(buckets_module, "MANY", 0)
    points = noise(40_000, stride=3)
    store = write_run(tmp_path, points, form)
    numbers = np.array([point.value for point in points])
    places = {
        "step": np.array([point.step for point in points]),
        "index": np.arange(len(points)),
        "time": np.array([point.time for point in points]),
    }
    for axis, where in places.items():
        found = store.buckets("it", "loss", 9, axis=axis)
        check(found, where, numbers, 9)
        low, high = where[12_345], where[30_001]
        inside = (where >= low) & (where <= high)
        check(store.buckets("it", "loss", 7, axis=axis, low=low, high=high), where[inside], numbers[inside], 7)


def test_where_there_are_few_points_each_is_a_bucket(tmp_path):
    points = noise(30_000)
    store = write_run(tmp_path, points, "both")
    found = store.buckets("it", "loss", 100, low=8_950, high=9_049)
    assert found.exact
    assert found.low.tolist() == found.high.tolist() == list(range(8_950, 9_050))
    assert found.min.tolist() == found.last.tolist() == [point.value for point in points[8_950:9_050]]
    assert not store.buckets("it", "loss", 99, low=8_950, high=9_049).exact


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats() | st.none(), st.integers(-(1 << 63), (1 << 63) - 1), st.integers(1, 1 << 62)),
        min_size=1,
        max_size=40,
    ),
    st.integers(1, 60),
    st.sampled_from(["step", "time", "index"]),
    st.booleans(),
)
def test_whatever_the_points_none_is_missed(tmp_path_factory, rows, count, axis, sealed):
    folder = tmp_path_factory.mktemp("ws")
    points = [
        Point("m", PointKind.GAP if value is None else PointKind.FLOAT, value, step, time) for value, step, time in rows
    ]
    store = write_run(folder, points, "sealed" if sealed else "compacted", segment=15)
    found = store.buckets("it", "m", count, axis=axis)
    numbers = np.array([np.nan if value is None else value for value, _, _ in rows])
    finite = numbers[np.isfinite(numbers)]
    assert found.total == found.count.sum() == len(rows)
    assert len(found.low) <= count
    if len(finite):
        assert (np.nanmin(found.min), np.nanmax(found.max)) == (finite.min(), finite.max())
    if axis != "index":
        places = [row[1] if axis == "step" else row[2] for row in rows]
        assert (found.low.min(), found.high.max()) == (min(places), max(places))


def test_a_pause_is_no_part_of_a_bucket_that_points_stand_in(tmp_path, monkeypatch):
    """A chunk that lies across it is taken apart."""
    monkeypatch.setattr(buckets_module, "FEW", 0)
    monkeypatch.setattr(buckets_module, "MANY", 0)
    night = 10**12
    points = [point._replace(time=point.time + night * (point.step >= 21_000)) for point in noise(40_000)]
    found = write_run(tmp_path, points, "compacted").buckets("it", "loss", 50, axis="time")
    assert (found.high - found.low).max() < night / 10
    assert found.total == 40_000


def test_a_live_run_is_drawn_up_to_its_newest_point(workspace):
    with runlog.start("x") as run:
        store = store_of(FolderBackend(workspace_folder(workspace)).folder)
        for step in range(5000):
            run.log("loss", float(step), step=step)
            if step % 1000 == 0:
                found = store.buckets(run.id, "loss", 10)
                assert (found.total, found.max.max()) == (step + 1, step)
        for step in range(5000, 60_000):
            run.log("loss", float(step), step=step)
        assert store.buckets(run.id, "loss", 10).total == 60_000
    compact_run(FolderBackend(workspace_folder(workspace))._run(run.id))
    found = store.buckets(run.id, "loss", 10)
    assert (found.total, found.min.min(), found.max.max()) == (60_000, 0, 59_999)


def workspace_folder(workspace: Workspace) -> Any:
    assert isinstance(workspace._backend, FolderBackend)
    return workspace._backend.folder


def test_threads_draw_a_run_while_it_grows_and_is_compacted(workspace):
    folder, drawn = workspace_folder(workspace), []
    store, done = store_of(folder), threading.Event()

    def draw(run_id):
        totals = []
        while not done.is_set():
            found = store.buckets(run_id, "loss", 50)
            assert found.total == found.count.sum() == found.max.max() + 1
            totals.append(found.total)
        drawn.append(totals)

    with runlog.start("x") as run, ThreadPoolExecutor(2) as pool:
        run.log("loss", 0.0, step=0)
        workers = [pool.submit(draw, run.id) for _ in range(2)]
        for step in range(1, 100_000):
            run.log("loss", float(step), step=step)
            if step % 30_000 == 0:
                compact_run(folder / "runs" / run.id)
        done.set()
    for worker in workers:
        worker.result()
    assert all(totals == sorted(totals) for totals in drawn)
    assert store.buckets(run.id, "loss", 50).total == 100_000


def test_what_was_let_go_is_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr("runlog.store.series.store.HELD_DECODED", 0)
    monkeypatch.setattr("runlog.store.series.store.HELD_RUNS", 0)
    points = noise(30_000)
    store = write_run(tmp_path, points, "sealed")
    shutil.copytree(tmp_path / "runs" / "it", tmp_path / "runs" / "other")
    numbers = np.array([point.value for point in points])
    for run_id in ("it", "other", "it"):
        check(store.buckets(run_id, "loss", 9), np.arange(30_000), numbers, 9)


def test_lists_and_large_numbers_count_as_points(workspace):
    with runlog.start("x") as run:
        run.log_list("fib", [1, 1, 2, 3, 5])
        run.log("big", 2**70)
        run.log("big", 7)
        run.log("text", "no number")
    store = store_of(workspace_folder(workspace))
    fib = store.buckets(run.id, "fib", 10)
    assert (fib.axis, fib.low.tolist(), fib.last.tolist()) == ("index", [0, 1, 2, 3, 4], [1, 1, 2, 3, 5])
    assert sorted(store.buckets(run.id, "big", 10, axis="time").max) == [7, 2.0**70]
    assert np.isnan(store.buckets(run.id, "text", 10).max).all()


def test_the_index_takes_the_place_of_steps_that_not_every_point_has(workspace):
    with runlog.start("x") as run:
        for step in (5, 6, None):
            run.log("loss", 1.0, step=step)
    found = store_of(workspace_folder(workspace)).buckets(run.id, "loss", 10)
    assert (found.axis, found.low.tolist()) == ("index", [0, 1, 2])


def test_of_a_step_that_a_newer_attempt_logged_again_the_newer_value_is_drawn(workspace, run_script):
    run_script(
        """
        import os, runlog
        run = runlog.start("x", run_id="it")
        for step in range(100):
            run.log("loss", 1000.0 + step, step=step)
        os._exit(1)
        """,
        check=False,
    )
    with runlog.start("x", run_id="it", resume="must") as run:
        for step in range(40, 120, 2):
            run.log("loss", float(step), step=step)
    found = store_of(workspace_folder(workspace)).buckets("it", "loss", 1000)
    drawn = workspace.get_run("it").series("loss")
    assert sorted(zip(drawn.steps, drawn.values, strict=True)) == list(zip(found.low, found.last, strict=True))
    everything = store_of(workspace_folder(workspace)).buckets("it", "loss", 1000, axis="time")
    assert everything.total == 140
    by_index = store_of(workspace_folder(workspace)).buckets("it", "loss", 1000, axis="index")
    assert (by_index.total, by_index.low.tolist().count(0), by_index.high.max()) == (140, 2, 99)


def test_what_is_not_there_is_said(workspace):
    with runlog.start("x") as run:
        run.log("loss", 1.0)
    store = store_of(workspace_folder(workspace))
    with pytest.raises(MetricNotFoundError, match="has no scalar metric 'lr'"):
        store.buckets(run.id, "lr", 10)
    with pytest.raises(RunNotFoundError):
        store.buckets("no-such-run", "loss", 10)
    with pytest.raises(WrongValueError):
        store.buckets(run.id, "loss", 0)
    FolderBackend(workspace_folder(workspace)).delete_run(run.id)
    with pytest.raises(RunNotFoundError):
        store.buckets(run.id, "loss", 10)


def test_a_run_that_took_the_place_of_a_deleted_one_has_its_own_points_only(workspace):
    store = store_of(workspace_folder(workspace))
    for value in (1.0, 2.0):
        with runlog.start("x", run_id="it") as run:
            run.log("loss", value)
            run.log_list("list", [value])
        for name in ("loss", "list"):
            assert store.buckets("it", name, 10).last.tolist() == [value]
        run.delete()


def test_an_empty_range_is_no_bucket(tmp_path):
    found = write_run(tmp_path, noise(100), "sealed").buckets("it", "loss", 10, low=1000)
    assert (len(found.low), found.total) == (0, 0)


def test_a_damaged_chunk_is_left_out_of_what_is_drawn_close_in(tmp_path):
    store = write_run(tmp_path, noise(20_000), "compacted", segment=20_000)
    (path,) = (tmp_path / "runs" / "it").iterdir()
    data = bytearray(path.read_bytes())
    data[1000] ^= 1  # in the first chunk
    path.write_bytes(data)
    found = store.buckets("it", "loss", 20_000)
    assert found.low.tolist() == list(range(2048, 20_000))


@pytest.mark.fuzz
def test_no_damaged_point_of_a_compacted_segment_is_drawn(tmp_path):
    points = noise(9000)
    written = {(point.step, point.value) for point in points}
    write_run(tmp_path / "whole", points, "compacted")
    write_run(tmp_path / "other", noise(5000, stride=2), "compacted")
    (made,), (other,) = ((tmp_path / name / "runs" / "it").iterdir() for name in ("whole", "other"))
    begin = random.SystemRandom().randrange(1 << 40)
    for seed in range(begin, begin + ROUNDS):
        folder = tmp_path / "damaged" / "runs" / "it"
        shutil.copytree(made.parent, folder)
        chance = random.Random(seed)
        done = [damage(folder / made.name, other, chance) for _ in range(chance.randrange(1, 3))]
        with suppress(MetricNotFoundError):
            found = store_of(tmp_path / "damaged").buckets("it", "loss", 9000)
            assert set(zip(found.low.tolist(), found.first.tolist(), strict=True)) <= written, (seed, done)
        shutil.rmtree(folder)
