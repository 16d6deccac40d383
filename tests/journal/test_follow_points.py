"""Points followed as they are written: each once, in order, whatever becomes of their segments."""

from __future__ import annotations

import random

import runlog
from runlog.journal.follow_points import PointFollower
from runlog.store.folder import FolderBackend


def values(polled):
    """Name and value of every point of a poll, in the order of each writer."""
    found = []
    for columns in polled:
        found += [
            (columns.names[series], value) for series, value in zip(columns.series, columns.values(), strict=True)
        ]
    return found


def follower(run):
    assert isinstance(run._backend, FolderBackend)
    return PointFollower(run._backend._run(run.id))


def test_each_point_is_given_once_while_segments_grow_and_are_sealed(workspace):
    with runlog.start("x") as run:
        news, seen, logged = follower(run), [], []
        chance = random.Random(7)
        while len(logged) < 120_000:  # several segments
            for _ in range(chance.choice((1, 10, 5000))):
                name = f"m{chance.randrange(3)}-{len(logged) // 40_000}"
                run.log(name, float(len(logged)))
                logged.append((name, float(len(logged))))
            seen += values(news.poll())
    seen += values(news.poll())
    assert seen == logged
    assert news.poll() == []
    assert not news.journal.damage


def test_a_sealed_segment_that_is_longer_than_a_step_comes_in_several_parts_and_its_damage_is_told_of_each(
    workspace, monkeypatch
):
    monkeypatch.setattr("runlog.journal.follow_points.STEP", 1 << 17)
    with runlog.start("x") as run:
        for number in range(30_000):  # 960 kB, in segments of 64 kB and more
            run.log("loss", number)
    whole = values(follower(run).poll())
    assert whole == [("loss", number) for number in range(30_000)]
    news = follower(run)
    parts = list(news.news())
    assert values(parts) == whole
    largest = max(news.journal.folder.glob("*.seal"), key=lambda path: path.stat().st_size)
    assert largest.stat().st_size > 3 << 17
    assert max(len(columns) for columns in parts) == (1 << 17) / 32
    with largest.open("r+b") as file:
        for at in (4096 + 32 * 3000, 4096 + 32 * 9000):  # in the first step and in a later one
            file.seek(at)
            file.write(b"\xff" * 32)
    news = follower(run)
    read = len(values(news.poll()))
    assert 30_000 - 2 * 65_536 / 32 <= read < 30_000
    assert news.journal.damage.damaged_points == 30_000 - read


def test_points_of_a_run_that_has_ended_are_given_by_one_call(workspace):
    with runlog.start("x") as run:
        for number in range(100):
            run.log("loss", number)
    assert values(follower(run).poll()) == [("loss", number) for number in range(100)]


def test_a_writer_that_begins_later_is_followed_too(workspace, run_script):
    runlog.start("x", run_id="it").complete()
    run = workspace.get_run("it")
    news = follower(run)
    assert news.poll() == []
    run_script("import runlog\nwith runlog.start('x', run_id='it', resume='must') as run: run.log('loss', 1)")
    assert values(news.poll()) == [("loss", 1)]


def test_a_killed_writers_points_are_given_to_the_last(workspace, start_script):
    process = start_script(
        """
        import runlog, sys
        run = runlog.start("x", run_id="it")
        print("up", flush=True)
        for line in sys.stdin:
            for number in range(int(line), int(line) + 10):
                run.log("loss", number)
            print("logged", flush=True)
        """
    )
    process.stdout.readline()
    news, seen = follower(workspace.get_run("it")), []
    for start in (0, 10, 20):
        process.stdin.write(f"{start}\n")
        process.stdin.flush()
        process.stdout.readline()
        if start == 20:
            process.kill()
            process.wait()
        seen += values(news.poll())
        assert len(seen) == start + 10
    assert seen == [("loss", number) for number in range(30)]


def test_a_long_run_is_given_segment_by_segment_and_what_was_not_taken_comes_next(workspace):
    with runlog.start("x") as run:
        for number in range(200_000):
            run.log("loss", number)
    news = follower(run)
    first, second = (next(news.news()) for _ in range(2))
    rest = list(news.news())
    assert len(first) < 40_000
    assert values([first, second, *rest]) == [("loss", number) for number in range(200_000)]
    assert list(news.news()) == []
