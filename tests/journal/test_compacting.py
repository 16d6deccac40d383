"""Compaction of a run's folder: beside its writer and its readers, and killed at any moment."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

from runlog.journal.compact_file import CompactFile
from runlog.journal.compact_image import sealed_bytes, sealed_image
from runlog.journal.compacting import Compacted, compact_run
from runlog.journal.follow_points import PointFollower
from runlog.journal.format import PointKind, Stream
from runlog.journal.mirror import Mirror
from runlog.journal.outgoing import Outgoing
from runlog.journal.reader import RunJournal
from support.damage import points_of
from support.sealed_points import WRITER, Point, write_sealed
from support.waiting import until
from support.writers import Logger

FULL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))"
KILLS = int(os.environ.get("RUNLOG_TEST_KILLS", "10"))
COMPACT = """
import sys
from pathlib import Path
from runlog.journal.compact_format import numpy_and_zstandard
from runlog.journal.compacting import compact_run
numpy_and_zstandard()
print("up", flush=True)
sys.stdin.readline()
print(compact_run(Path(sys.argv[1])))
"""


def fill(folder, segments=3, points=9000):
    chance = random.Random(1)
    for number in range(segments):
        steps = range(number * points, (number + 1) * points)
        write_sealed(
            folder, [Point("loss", PointKind.FLOAT, chance.random(), at, 10**18 + 997 * at) for at in steps], number
        )
    return sorted(folder.iterdir())


def suffixes(folder):
    return sorted(path.suffix for path in folder.iterdir())


def compacting(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", COMPACT, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def test_sealed_segments_become_compacted_ones(tmp_path):
    run = tmp_path / "run"
    sizes = [path.stat().st_size for path in fill(run)]
    before = points_of(RunJournal(run))
    done = compact_run(run)
    assert suffixes(run) == [".compact"] * 3
    assert done == Compacted(3, sum(sizes), sum(path.stat().st_size for path in run.iterdir()))
    assert done.after < done.before / 2
    assert points_of(RunJournal(run)) == before
    assert compact_run(run) == Compacted()


def test_a_segment_that_stays_as_it_is_is_not_tried_again_by_who_remembers_it(tmp_path):
    run, staying = tmp_path / "run", set()
    sealed = fill(run, segments=2)
    damaged = bytearray(sealed[0].read_bytes())
    damaged[70_000] ^= 1
    sealed[0].write_bytes(damaged)
    assert compact_run(run, staying=staying).segments == 1
    assert staying == {sealed[0]}
    assert sealed[0].read_bytes() == damaged
    sealed[0].write_bytes(b"would raise if it were read")
    assert compact_run(run, staying=staying).segments == 0


def test_a_segment_that_may_still_become_part_of_a_pack_stays(tmp_path):
    write_sealed(tmp_path / "run", [Point("loss", PointKind.FLOAT, 0.5, at, at + 1) for at in range(1000)])
    assert compact_run(tmp_path / "run") == Compacted()
    assert suffixes(tmp_path / "run") == [".seal"]


def test_a_live_writer_goes_on_in_its_open_segment(tmp_path):
    writer = Logger(tmp_path / "run")
    for step in range(40_000):
        writer.log("loss", step / 3, "", step)
    until(lambda: ".seal" in suffixes(tmp_path / "run"))  # which its background thread sees to
    assert compact_run(tmp_path / "run").segments == 1
    for step in range(40_000, 50_000):
        writer.log("loss", step / 3, "", step)
    writer.close()
    read = points_of(RunJournal(tmp_path / "run"))
    assert [(value, step) for _, _, value, step in read] == [(step / 3, step) for step in range(50_000)]
    assert ".compact" in suffixes(tmp_path / "run")


def test_a_follower_gets_each_point_once_while_segments_are_compacted_under_it(tmp_path):
    writer, follower = Logger(tmp_path / "run"), PointFollower(tmp_path / "run")
    seen, chance, step = [], random.Random(3), 0
    while step < 120_000:
        for _ in range(chance.choice((10, 3000))):
            writer.log(f"m{step % 2}", step / 3, "", step)
            step += 1
        if chance.random() < 0.7:
            seen += [int(one) for columns in follower.poll() for one in columns.steps]
        compact_run(tmp_path / "run")
    writer.close()
    compact_run(tmp_path / "run")
    seen += [int(one) for columns in follower.poll() for one in columns.steps]
    assert seen == list(range(step))
    assert suffixes(tmp_path / "run").count(".compact") >= 2
    assert not follower.journal.damage


def test_a_reader_that_listed_the_folder_before_goes_on(tmp_path):
    fill(tmp_path / "run")
    journal = RunJournal(tmp_path / "run")
    compact_run(tmp_path / "run")
    assert len(points_of(journal)) == 27_000
    assert not journal.damage


def test_a_copy_that_is_compacted_takes_what_is_sent_again_for_known(tmp_path):
    run = tmp_path / "run"
    (sealed,) = fill(run, segments=1)
    image = sealed.read_bytes()
    compact_run(run)
    mirror = Mirror(run)
    assert mirror.append(WRITER, Stream.POINTS, 0, 0, image[:5000]) == 5000
    assert mirror.append(WRITER, Stream.POINTS, 0, 5000, image[5000:], sealed=True) == len(image)
    (path,) = run.glob("*-points-*")
    assert sealed_bytes(path) == image


def test_what_is_sent_of_a_compacted_segment_is_the_sealed_one(tmp_path):
    run = tmp_path / "run"
    (sealed,) = fill(run, segments=1)
    image = sealed.read_bytes()
    compact_run(run)
    outgoing = Outgoing(run)
    (files,) = outgoing.refresh()
    (segment,) = files.segments.values()
    sent, ends = b"", False
    while not ends:
        data, ends = outgoing.read(files, segment, len(sent), 50_000)
        sent += data
    assert sent == image


def test_where_there_is_no_room_everything_stays_as_it_was(tmp_path):
    run = tmp_path / "run"
    (sealed,) = fill(run, segments=1)
    image = sealed.read_bytes()
    command = [sys.executable, "-c", FULL + COMPACT, str(run)]
    done = subprocess.run(command, input="go", capture_output=True, text=True, check=False)
    assert "OSError" in done.stderr
    assert {path.name: path.read_bytes() for path in run.iterdir()} == {sealed.name: image}


@pytest.mark.kill
def test_a_kill_at_any_moment_loses_nothing_and_repeats_nothing(tmp_path):
    fill(tmp_path / "filled", segments=6)
    before = points_of(RunJournal(tmp_path / "filled"))
    shutil.copytree(tmp_path / "filled", tmp_path / "timed")
    began = time.monotonic()
    compact_run(tmp_path / "timed")
    whole = time.monotonic() - began
    left = set()
    for number in range(KILLS):
        run = tmp_path / f"run-{number}"
        shutil.copytree(tmp_path / "filled", run)
        with compacting(run) as process:
            if number:  # the earliest moment: it has not begun
                process.stdin.write("go\n")
                process.stdin.flush()
            if number == KILLS - 1:  # the latest moment: it has done all, and waits for its output to be read
                until(lambda run=run: suffixes(run) == [".compact"] * 6)
            elif number:
                time.sleep(random.uniform(0, 1.5 * whole))
            process.send_signal(signal.SIGKILL)
        left.add(tuple(suffixes(run)))
        assert points_of(RunJournal(run)) == before
        compact_run(run)
        assert suffixes(run) == [".compact"] * 6
        assert points_of(RunJournal(run)) == before
        shutil.rmtree(run)
    assert len(left) > 1, "every kill came at the same moment"


@pytest.mark.parametrize("leftover", ["nothing", "whole", "damaged"])
def test_what_a_killed_compaction_left_is_finished_or_made_anew(tmp_path, leftover):
    run = tmp_path / "run"
    (sealed,) = fill(run, segments=1)
    image = sealed.read_bytes()
    sealed.with_name(sealed.stem + ".compact.tmp").write_bytes(b"the beginning of a compacted file")
    if leftover != "nothing":
        shutil.copytree(run, tmp_path / "other")
        compact_run(tmp_path / "other")
        made = bytearray(sealed.parent.parent.joinpath("other", sealed.stem + ".compact").read_bytes())
        made[2000] ^= leftover == "damaged"
        sealed.with_suffix(".compact").write_bytes(made)
    assert compact_run(run).segments == 1
    (path,) = run.iterdir()
    assert sealed_image(CompactFile(path.read_bytes(), path.name)) == image


def test_several_processes_compact_one_run_at_once(tmp_path):
    run = tmp_path / "run"
    fill(run, segments=4)
    before = points_of(RunJournal(run))
    processes = [compacting(run) for _ in range(3)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    while any(process.poll() is None for process in processes):
        assert points_of(RunJournal(run)) == before
    outputs = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], outputs
    compact_run(run)
    assert suffixes(run) == [".compact"] * 4
    assert points_of(RunJournal(run)) == before
