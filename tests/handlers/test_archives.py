"""The names of files that were put away: none is given twice, and none is deleted that is another's."""

from __future__ import annotations

import errno
import gzip
import logging
import os
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runlog.handlers import RotatingFileHandler, archives
from runlog.handlers.rotation import Rotation, Schedule

DAY = 86_400
NOON = 1_795_521_600.0  # 2026-11-24T12:00Z


def constant(name):
    return str(Path(name).parent / "old.log")


NAMERS = {
    "as ever": str,
    "constant": constant,
    "its own": lambda name: str(Path(name).parent / "app.log"),
    "without the date": lambda name: str(Path(name).parent / ("archive" + Path(name).suffix)),
    "without the number": lambda name: name.split(".2")[0] + "-" + name.partition(".2")[2][:9],
    "in another folder": lambda name: str(Path(name).parent / "old" / "deep" / Path(name).name),
    "in a folder for each day": lambda name: str(Path(name).parent / Path(name).name[8:18].strip(".") / "app.log"),
    "compressed": lambda name: name + ".gz",
    "turned round": lambda name: str(Path(name).parent / f"{Path(name).name.removeprefix('app.log.')}-app.log"),
}


def compress(source, target):
    with open(source, "rb") as plain, gzip.open(target, "wb") as packed:
        shutil.copyfileobj(plain, packed)
    os.remove(source)


def copy_and_empty(source, target):
    shutil.copy(source, target)
    os.truncate(source, 0)


ROTATORS = {
    "renames": None,
    "renames by itself": os.rename,
    "compresses": compress,
    "compresses and appends": lambda source, target: compress(source, target + ".gz"),
    "appends what nobody knows": lambda source, target: os.rename(source, target + ".done"),
    "copies and empties": copy_and_empty,
}


def rotation(namer="as ever", rotator="renames", **rules):
    move = ROTATORS[rotator]
    return Rotation(
        archive_name=NAMERS[namer], **({} if move is None else {"move": move, "is_custom_move": lambda: True}), **rules
    )


def lines_below(folder):
    """All lines in all files, whatever they were packed by."""
    lines = []
    for path in Path(folder).rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            packed = content[:2] == b"\x1f\x8b"
            lines += (gzip.decompress(content) if packed else content).decode().splitlines()
    return sorted(lines)


def put_away(rules, path, text, moment=NOON):
    path.write_text(text)
    os.utime(path, (moment, moment))
    rules.put_away(path, path.stat())


@pytest.mark.parametrize("rotator", ROTATORS)
@pytest.mark.parametrize("namer", NAMERS)
@pytest.mark.parametrize("dated", [True, False], ids=["dated", "numbered"])
def test_no_archive_is_ever_overwritten(own_folder, namer, rotator, dated):
    rules = rotation(
        namer, rotator, backup_count=0 if dated else 9, schedule=Schedule("D", utc=True) if dated else None
    )
    texts = [f"line {number}\n" for number in range(6)]
    for number, text in enumerate(texts):
        put_away(rules, own_folder / "app.log", text, NOON + (number // 3) * DAY)
    assert lines_below(own_folder) == [text.strip() for text in texts]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(NAMERS)),
    st.sampled_from(sorted(ROTATORS)),
    st.sampled_from(["S", "M", "H", "D", "W0"]),
    st.lists(st.integers(min_value=-3 * DAY, max_value=3 * DAY), min_size=1, max_size=8),
)
def test_whatever_the_clock_does_nothing_is_overwritten(tmp_path_factory, namer, rotator, when, steps):
    """Stepped back, standing still, of too coarse a resolution; a new handler each time, as after a restart."""
    folder = tmp_path_factory.mktemp("logs")
    for number, step in enumerate(steps):
        rules = rotation(namer, rotator, max_bytes=1, schedule=Schedule(when, utc=True))
        put_away(rules, folder / "app.log", f"line {number}\n", NOON + step)
    assert lines_below(folder) == sorted(f"line {number}" for number in range(len(steps)))


def test_the_hour_that_comes_twice_gets_two_archives(own_folder, monkeypatch):
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    try:
        twice = 1_792_889_100.0  # 2026-10-25T02:45 summer time, an hour before 02:45 winter time
        for number in range(2):
            put_away(rotation(schedule=Schedule("H")), own_folder / "app.log", f"{number}\n", twice + number * 3600)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert {path.name: path.read_text() for path in own_folder.iterdir()} == {
        "app.log.2026-10-25_02": "0\n",
        "app.log.2026-10-25_02.1": "1\n",
    }


def test_a_file_that_is_somebody_elses_is_neither_overwritten_nor_deleted(own_folder):
    (own_folder / "old.log").write_text("precious\n")
    for dated in (True, False):
        rules = rotation("constant", backup_count=1, schedule=Schedule("D") if dated else None)
        for number in range(4):
            put_away(rules, own_folder / "app.log", f"{number}\n")
    assert (own_folder / "old.log").read_text() == "precious\n"


@pytest.mark.parametrize("dated", [True, False])
def test_of_archives_whose_names_tell_nothing_a_handler_deletes_its_own(own_folder, dated):
    rules = rotation("constant", backup_count=2, schedule=Schedule("D") if dated else None)
    for number in range(5):
        put_away(rules, own_folder / "app.log", f"{number}\n")
    assert lines_below(own_folder) == ["3", "4"]


def test_two_logs_with_archives_of_the_same_names_do_not_delete_each_others(own_folder):
    def by_date_alone(name):
        return str(own_folder / "archive" / f"{name[-10:]}.log")

    logs = {
        name: Rotation(backup_count=2, schedule=Schedule("D", utc=True), archive_name=by_date_alone) for name in "ab"
    }
    for day in range(4):
        for name, rules in logs.items():
            put_away(rules, own_folder / f"{name}.log", f"{name}{day}\n", NOON + day * DAY)
    assert lines_below(own_folder) == ["a2", "a3", "b2", "b3"]


@pytest.mark.parametrize("other", ["app.log.1", "app.log.2", "app.log.{today}"])
def test_a_log_that_is_called_like_an_archive_of_another_log_is_left_alone(own_folder, other):
    for options in ({"maxBytes": 2, "backupCount": 1}, {"maxBytes": 2, "backupCount": 1, "when": "D", "utc": True}):
        name = other.format(today=time.strftime("%Y-%m-%d", time.gmtime()))
        handler, neighbour = RotatingFileHandler("app.log", **options), logging.FileHandler(name, delay=True)
        for one in (handler, neighbour):
            one.setFormatter(logging.Formatter("%(message)s"))
        for number in range(4):
            neighbour.handle(logging.makeLogRecord({"msg": "theirs"}))
            handler.handle(logging.makeLogRecord({"msg": str(number)}))
        neighbour.close()
        assert Path(name).read_text() == "theirs\n" * 4
        for path in own_folder.iterdir():
            path.unlink()


def test_what_somebody_put_in_the_place_of_an_archive_stays(own_folder):
    rules = rotation("constant", backup_count=1)
    put_away(rules, own_folder / "app.log", "0\n")
    (own_folder / "old.log").unlink()
    (own_folder / "old.log").write_text("theirs\n")
    put_away(rules, own_folder / "app.log", "1\n")
    assert "theirs" in lines_below(own_folder)


def test_files_beside_the_archives_are_left_alone(own_folder):
    others = [
        *("app.log.bak", "app.log.2026-01-01.bak", "app.log.2026-01-01x", "app.log.2026-99-99", "app.log.20260101"),
        *("app.log.old.2026-01-01", "my-app.log.2026-01-01", "app.logs.2026-01-01", "app.log.2026-01-01.1.txt"),
    ]
    for name in others:
        (own_folder / name).write_text(name)
    rules = rotation(backup_count=1, schedule=Schedule("D", utc=True))
    for day in range(3):
        put_away(rules, own_folder / "app.log", f"{day}\n", NOON + day * DAY)
    assert sorted(path.name for path in own_folder.iterdir()) == sorted([*others, "app.log.2026-11-26"])


def test_archives_that_somebody_compressed_are_archives_still(own_folder):
    rules = rotation(backup_count=2, schedule=Schedule("D", utc=True))
    put_away(rules, own_folder / "app.log", "0\n")
    compress(own_folder / "app.log.2026-11-24", own_folder / "app.log.2026-11-24.gz")
    put_away(rules, own_folder / "app.log", "1\n")
    assert {path.name for path in own_folder.iterdir()} == {"app.log.2026-11-24.gz", "app.log.2026-11-24.1"}
    put_away(rules, own_folder / "app.log", "2\n", NOON + DAY)
    assert lines_below(own_folder) == ["1", "2"]


@pytest.mark.parametrize("end", [".gz", ".bz2", ".zst"])
def test_numbered_archives_that_were_compressed_move_up_with_the_others(own_folder, end):
    rules = rotation(backup_count=3)
    for number in range(5):
        put_away(rules, own_folder / "app.log", f"{number}\n")
        (own_folder / "app.log.1").rename(own_folder / f"app.log.1{end}")
    kept = {path.name: path.read_text() for path in own_folder.iterdir()}
    assert kept == {f"app.log.1{end}": "4\n", f"app.log.2{end}": "3\n", f"app.log.3{end}": "2\n"}


def test_a_rotator_that_compresses_by_itself_keeps_as_many_as_it_should(own_folder):
    rules = rotation(rotator="compresses and appends", backup_count=2)
    for number in range(4):
        put_away(rules, own_folder / "app.log", f"{number}\n")
    assert sorted(path.name for path in own_folder.iterdir()) == ["app.log.1.gz", "app.log.2.gz"]
    assert lines_below(own_folder) == ["2", "3"]


def test_the_folder_of_an_archive_is_made(own_folder):
    put_away(rotation("in another folder", backup_count=1), own_folder / "app.log", "0\n")
    assert (own_folder / "old" / "deep" / "app.log.1").read_text() == "0\n"


def test_a_relative_name_is_taken_from_the_current_folder(own_folder):
    rules = Rotation(backup_count=2, archive_name=lambda name: f"old/{Path(name).name}")
    for number in range(3):
        put_away(rules, own_folder / "app.log", f"{number}\n")
    assert {path.name: path.read_text() for path in (own_folder / "old").iterdir()} == {
        "app.log.1": "2\n",
        "app.log.2": "1\n",
    }


def test_an_archive_may_be_on_another_file_system(own_folder, monkeypatch):
    def refuse(self, target):
        raise OSError(errno.EXDEV, "another device")

    monkeypatch.setattr(Path, "replace", refuse)
    put_away(rotation(backup_count=1), own_folder / "app.log", "0\n")
    assert {path.name: path.read_text() for path in own_folder.iterdir()} == {"app.log.1": "0\n"}


def test_a_move_that_fails_leaves_no_trace(own_folder):
    with pytest.raises(FileNotFoundError):
        archives.move(str(own_folder / "nowhere"), str(own_folder / "target"))
    assert list(own_folder.iterdir()) == []


def test_a_move_never_takes_a_name_that_another_was_faster_to_take(own_folder, monkeypatch):
    """Two logs whose archives bear one name, rotated by two processes at once."""
    (own_folder / "app.log.1").write_text("theirs\n")
    answers = iter([[], []])
    looked = archives.forms_of
    monkeypatch.setattr(archives, "forms_of", lambda name: next(answers, None) or looked(name))
    log = own_folder / "app.log"
    log.write_text("mine\n")
    with pytest.raises(FileExistsError):
        archives.move(str(log), str(own_folder / "app.log.1"))
    assert lines_below(own_folder) == ["mine", "theirs"]


@pytest.mark.parametrize("suffix", ["%Y%m%d", "%d-%m-%Y", "%Y-%m-%d_%H%M", "week-%W-%Y", "%b-%d-%Y"])
def test_the_form_of_dates_may_be_chosen(own_folder, suffix):
    handler = RotatingFileHandler("app.log", when="D", backupCount=2, maxBytes=2, utc=True)
    handler.suffix = suffix
    handler.setFormatter(logging.Formatter("%(message)s"))
    for number in range(4):
        handler.handle(logging.makeLogRecord({"msg": str(number)}))
    assert lines_below(own_folder) == ["1", "2", "3"]
    midnight = time.gmtime((own_folder / "app.log").stat().st_mtime // DAY * DAY)
    names = sorted(path.name for path in own_folder.glob("app.log.*"))
    assert all(name.startswith(f"app.log.{time.strftime(suffix, midnight)}") for name in names)


def test_without_a_schedule_there_are_no_dates_to_form(own_folder):
    handler = RotatingFileHandler("app.log", maxBytes=2, backupCount=1)
    assert handler.suffix == ""
    with pytest.raises(ValueError, match="give when='midnight'"):
        handler.suffix = "%Y"
