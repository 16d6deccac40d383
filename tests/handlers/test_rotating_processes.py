"""RotatingFileHandler in several processes that write one file: every record once, whole, in the order of its thread."""

from __future__ import annotations

import collections
import gzip
import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and advisory locks")

WRITER = """
import gzip, logging, os, shutil, sys, threading
import runlog
who, records, options = sys.argv[1], int(sys.argv[2]), eval(sys.argv[3])
log = logging.getLogger()

def compress(source, target):
    with open(source, "rb") as plain, gzip.open(target, "wb") as packed:
        shutil.copyfileobj(plain, packed)
    os.remove(source)

compressed = options.pop("compressed", False)
handler = runlog.RotatingFileHandler("logs/app.jsonl", **options)
if compressed:
    handler.namer, handler.rotator = (lambda name: name + ".gz"), compress
log.addHandler(handler)
log.setLevel("DEBUG")
print("ready", flush=True)
sys.stdin.readline()

def work(thread):
    for number in range(records):
        log.debug("x" * (number % 90), extra={"who": f"{who}.{thread}", "number": number})
        if number == 0 and thread == 0:
            print("begun", flush=True)

threads = [threading.Thread(target=work, args=[n]) for n in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("dropped", handler.dropped, flush=True)
"""


def start(who, records, **options):
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(who), str(records), repr(options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def go(processes):
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()


def finish(process):
    told, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return int(told.split()[-1])


def age(path):
    """Sorts archives and the file itself from oldest to newest."""
    numbered = re.fullmatch(r"app\.jsonl\.(\d+)(?:\.gz)?", path.name)
    if numbered:
        return (0, -int(numbered[1]), "", 0)
    dated = re.fullmatch(r"app\.jsonl\.([\d_-]+)(?:\.(\d+))?", path.name)
    return (0, 0, dated[1], int(dated[2] or 0)) if dated else (1, 0, "", 0)


def written():
    """The numbers of each thread's records, in the order of the files; any torn line is an error here."""
    numbers = collections.defaultdict(list)
    for path in sorted(Path("logs").iterdir(), key=age):
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
        for line in text.split("\n")[:-1]:
            record = json.loads(line)
            numbers[record["who"]].append(record["number"])
    return dict(numbers)


def everything(processes, records):
    return {f"{who}.{thread}": list(range(records)) for who in range(processes) for thread in range(4)}


def test_eight_processes_of_four_threads_rotate_one_file_by_size():
    processes = [start(who, 250, maxBytes=20_000, backupCount=500) for who in range(8)]
    go(processes)
    assert [finish(process) for process in processes] == [0] * 8
    assert written() == everything(8, 250)
    archives = [path for path in Path("logs").iterdir() if path.name != "app.jsonl"]
    assert len(archives) > 50
    assert all(path.stat().st_size <= 20_000 for path in Path("logs").iterdir())
    longest_record = 400
    assert all(path.stat().st_size > 20_000 - longest_record for path in archives), "a file was put away twice"


def test_several_processes_rotate_one_file_by_time_and_size():
    processes = [start(who, 500, maxBytes=50_000, when="S", utc=True) for who in range(4)]
    go(processes)
    assert [finish(process) for process in processes] == [0] * 4
    assert written() == everything(4, 500)


def test_several_processes_compress_what_they_put_away_and_keep_the_mode_of_the_file():
    """A rotator copies, which takes its time: whoever waits for it must not write into what goes."""
    Path("logs").mkdir()
    Path("logs/app.jsonl").touch()
    Path("logs/app.jsonl").chmod(0o660)
    processes = [
        start(who, 150, maxBytes=20_000, backupCount=500, lock_timeout=60.0, compressed=True) for who in range(3)
    ]
    go(processes)
    assert [finish(process) for process in processes] == [0] * 3
    assert written() == everything(3, 150)
    assert {stat.S_IMODE(path.stat().st_mode) for path in Path("logs").iterdir()} == {0o660}


def test_a_file_that_others_move_away_loses_nothing():
    """What logrotate does: rename, while the program goes on."""
    processes = [start(who, 400) for who in range(2)]
    go(processes)
    for process in processes:
        assert process.stdout.readline() == "begun\n"
    moves = 0
    while any(process.poll() is None for process in processes) and moves < 200:
        if os.path.exists("logs/app.jsonl"):
            os.rename("logs/app.jsonl", f"logs/app.jsonl.{1000 - moves}")
            moves += 1
    assert [finish(process) for process in processes] == [0, 0]
    assert written() == everything(2, 400)
    assert moves > 1


def test_a_killed_process_leaves_no_lock_and_no_torn_line_behind():
    victim, survivor = (
        start(0, 1_000_000, maxBytes=50_000, backupCount=10_000),
        start(1, 500, maxBytes=50_000, backupCount=10_000),
    )
    go([victim, survivor])
    assert victim.stdout.readline() == "begun\n"
    assert survivor.stdout.readline() == "begun\n"
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    assert finish(survivor) == 0
    lines = written()
    assert {who: numbers for who, numbers in lines.items() if who.startswith("1.")} == {
        f"1.{thread}": list(range(500)) for thread in range(4)
    }
    assert all(numbers == list(range(len(numbers))) for numbers in lines.values())


def test_forked_children_write_beside_their_parent(run_script):
    run_script("""
        import logging, os, threading
        import runlog
        log = logging.getLogger()
        log.setLevel("DEBUG")
        log.addHandler(runlog.RotatingFileHandler("logs/app.jsonl", maxBytes=5_000, backupCount=500))

        def work(who):
            for number in range(100):
                log.debug("hello", extra={"who": who, "number": number})

        beside = threading.Thread(target=work, args=["thread"])
        beside.start()                       # forks happen while a thread may hold the handler
        children = []
        for child in range(6):
            pid = os.fork()
            if pid == 0:
                work(f"child {child}")
                os._exit(0)
            children.append(pid)
        work("parent")
        beside.join()
        for pid in children:
            assert os.waitpid(pid, 0)[1] == 0
    """)
    whole = list(range(100))
    assert written() == {"thread": whole, "parent": whole, **{f"child {child}": whole for child in range(6)}}


def test_a_forked_child_that_lives_on_does_not_keep_a_dead_parents_lock(run_script):
    """The child shares the open file, and with it the lock, unless it lets go of it at once."""
    told = run_script("""
        import fcntl, logging, os
        import runlog
        handler = runlog.RotatingFileHandler("logs/app.jsonl")
        logging.getLogger().addHandler(handler)
        logging.warning("hello")
        fcntl.flock(handler._file._descriptor, fcntl.LOCK_EX)
        begun, begin = os.pipe()
        ended, end = os.pipe()
        if os.fork() == 0:
            os.close(end)
            os.write(begin, b"x")
            os.read(ended, 1)                # lives until the parent has tried the lock, or is gone
            os._exit(0)
        os.read(begun, 1)
        os.close(handler._file._descriptor)
        handler._file._descriptor = -1
        with open("logs/app.jsonl") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            print("free")
        os.close(end)
        os.wait()
    """)
    assert told.stdout.strip() == "free"
