"""`runlog watch`: runs followed from another process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from runlog import Experiment, Workspace
from support.scripts import clean_environment
from support.waiting import until
from support.webhook_server import receiver

LIVE = """
    import logging, os, signal, sys, runlog
    run = runlog.start(sys.argv[1], run_id=sys.argv[2], display_name=sys.argv[2], resume="allow")
    print("up", flush=True)
    for line in sys.stdin:
        exec(line)
        print("done", flush=True)
"""


@contextmanager
def watching(folder, *arguments, env=None):
    """`runlog watch` beside the test: its lines are read by the test, and it is ended with the block."""
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "runlog", "watch", *arguments],
        cwd=folder,
        env=clean_environment(env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


@pytest.fixture
def live(start_script, workspace):
    """`live("r1")`: a run in a process of its own, and a function that has it do something."""

    def begin(run_id, experiment="nightly"):
        process = start_script(LIVE, experiment, run_id)
        assert process.stdout.readline() == "up\n"

        def do(line, *, ends=False):
            process.stdin.write(line + "\n")
            process.stdin.flush()
            assert ends or process.stdout.readline() == "done\n", process.stderr.read()
            if ends:
                process.wait()

        return do

    return begin


def alerts(process):
    """What `runlog watch --json` printed until it ended."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return [json.loads(line) for line in out.splitlines()]


def test_the_end_of_an_ended_run_is_told_at_once(call, start):
    start("one").complete()
    ended = call("watch", "latest")
    assert ended.code == 0
    assert "one (sweep, " in ended.out
    assert ended.out.endswith(" Completed\n")


def test_a_failure_is_told_with_its_error(call, start):
    with pytest.raises(ZeroDivisionError), start("one"):
        raise ZeroDivisionError("no luck")
    (alert,) = map(json.loads, call("watch", "-1", "--on", "failed", "--json").lines)
    assert (alert["event"], alert["status"], alert["error"]) == ("failed", "Failed", "ZeroDivisionError: no luck")


@pytest.mark.parametrize(("on", "lines"), [("end", 1), ("failed", 0), ("crashed", 0), ("not-responding", 0)])
def test_only_the_ends_that_were_asked_for_are_told(call, start, on, lines):
    start("one").complete()
    ended = call("watch", "latest", "--on", on)
    assert (ended.code, len(ended.lines)) == (0, lines)


def test_each_end_that_was_asked_for_is_told(call, start):
    start("one").fail()
    events = [
        json.loads(line)["event"] for line in call("watch", "-1", "--on", "end", "--on", "failed", "--json").lines
    ]
    assert events == ["end", "failed"]


def test_a_kill_is_told_of_as_a_crash(live, own_folder):
    do = live("r1")
    with watching(own_folder, "r1", "--on", "crashed", "--on", "end", "--json") as process:
        do("os.kill(os.getpid(), signal.SIGKILL)", ends=True)
        assert [(one["event"], one["status"]) for one in alerts(process)] == [
            ("crashed", "Crashed"),
            ("end", "Crashed"),
        ]


def test_a_condition_is_told_once_with_the_value_that_met_it(live, own_folder):
    do = live("r1")
    do("run.log('loss', 11.0, step=0)")
    with watching(own_folder, "r1", "--if", "loss > 10 for 3", "--json") as process:
        do("[run.log('loss', 10.0 + step, step=step) for step in range(1, 20)]")
        first = json.loads(process.stdout.readline())
        assert (first["metric"], first["value"], first["step"]) == ("loss", 12.0, 2)
        assert (first["event"], first["condition"], first["status"]) == ("condition", "loss > 10 for 3", "Running")
        do("sys.exit()", ends=True)
        assert alerts(process) == []


def test_a_condition_is_followed_while_the_run_is_compacted(call, live, own_folder, workspace):
    do = live("r1")
    do("for step in range(40_000): run.log('loss', step % 7, step=step)")
    with watching(own_folder, "r1", "--if", "loss > 10", "--if", "loss > 5", "--json") as process:
        assert json.loads(process.stdout.readline())["value"] == 6
        folder = workspace.backend._run("r1")
        until(lambda: any(folder.glob("*points*.seal")))
        assert call("compact").lines[0].startswith("compacted 1 segments")
        do("for step in range(40_000, 180_000): run.log('loss', 11 if step == 170_000 else step % 7, step=step)")
        until(lambda: any(folder.glob("*points*.seal")))
        assert call("compact").lines[0].startswith("compacted 1 segments")
        do("sys.exit()", ends=True)
        assert [one["value"] for one in alerts(process) if one["condition"] == "loss > 10"] == [11]


def test_what_was_logged_last_is_looked_at_before_the_end_is_told(live, own_folder):
    do = live("r1")
    with watching(own_folder, "r1", "--if", "loss is nan", "--on", "end", "--json") as process:
        do("run.log('loss', float('nan')); sys.exit()", ends=True)
        assert [(one["event"], one["value"]) for one in alerts(process)] == [("condition", "NaN"), ("end", None)]


@pytest.mark.parametrize(
    "line", ["run.log_list('loss', [1, 2, 11])", "run.log('loss', 2**70)", "run.log_metrics({'loss': 11.5})"]
)
def test_values_of_every_form_are_compared(call, start, line):
    with start("one") as run:  # noqa: F841 - in the line
        exec(line)
    assert len(call("watch", "-1", "--if", "loss > 10").lines) == 1


def test_silence_of_a_live_run_is_told(live, own_folder):
    do = live("r1")
    do("run.log('loss', 1.0, step=7)")
    with watching(own_folder, "r1", "--if", "no loss for 1s", "--once", "--json") as process:
        (alert,) = alerts(process)
    assert (alert["condition"], alert["value"], alert["step"]) == ("no loss for 1s", 1, 7)


def test_silence_is_not_told_of_a_run_that_has_ended(call, start):
    start("one").complete()
    assert call("watch", "latest", "--if", "no loss for 1s").lines == []


def test_once_ends_the_watch_after_the_first_alert(live, own_folder):
    do = live("r1")
    do("run.log('loss', 11.0)")
    with watching(own_folder, "r1", "--if", "loss > 10", "--if", "loss > 5", "--once") as process:
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, len(out.splitlines())) == (0, 1)


def test_runs_of_an_experiment_are_told_of_also_those_that_begin_later(live, own_folder, workspace):
    Experiment(workspace, "nightly").start_logging(run_id="before").complete()
    first = live("r1")
    with watching(own_folder, "--experiment", "nightly", "--json") as process:
        assert (
            process.stderr.readline() == "runlog: watching 1 runs, and those that begin from now on; Ctrl-C ends it\n"
        )
        first("sys.exit()", ends=True)
        assert json.loads(process.stdout.readline())["run_id"] == "r1"
        live("r2", experiment="other")("sys.exit()", ends=True)
        live("r3")("sys.exit()", ends=True)
        assert json.loads(process.stdout.readline())["run_id"] == "r3"


def test_each_attempt_of_a_run_ends_and_a_condition_is_met_once(live, own_folder):
    with watching(own_folder, "--all", "--if", "loss > 10", "--on", "end", "--json") as process:
        assert process.stderr.readline().startswith("runlog: watching 0 runs")
        first = live("r1")
        first("run.log('loss', 11.0)")
        assert json.loads(process.stdout.readline())["event"] == "condition"
        first("os.kill(os.getpid(), signal.SIGKILL)", ends=True)
        assert json.loads(process.stdout.readline())["status"] == "Crashed"
        second = live("r1")
        second("run.log('loss', 12.0); sys.exit()", ends=True)
        alert = json.loads(process.stdout.readline())
        assert (alert["event"], alert["status"], alert["attempt"]) == ("end", "Completed", 2)


def test_ctrl_c_ends_the_watch_cleanly(own_folder, live):
    live("r1")
    with watching(own_folder, "--all", "--if", "loss > 0", "--exec", "sleep 600", "--json") as process:
        live("r2")("run.log('loss', 1)")
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (out, "Traceback" in err) == ("", False)


def test_a_webhook_and_a_command_get_each_alert(call, start):
    start("one").complete()
    with receiver() as server:
        ended = call("watch", "-1", "--webhook", server.url, "--exec", "cat > got.json; echo $RUNLOG_URI > uri")
        got = server.next()
    assert ended.code == 0
    assert got.json["name"] == "one"
    assert json.loads(Path("got.json").read_text(encoding="utf-8")) == got.json
    assert Path("uri").read_text(encoding="utf-8").strip() == Workspace.from_config().location


def test_the_secret_that_signs_comes_from_the_environment(call, start, monkeypatch):
    from runlog.watching.webhook import sign

    monkeypatch.setenv("RUNLOG_WEBHOOK_SECRET", "s3cret")
    start("one").complete()
    with receiver() as server:
        call("watch", "-1", "--webhook", server.url)
        got = server.next()
    assert got.headers["X-Runlog-Signature-256"] == sign(got.body, "s3cret")


def test_a_webhook_that_is_away_is_tried_until_it_is_back(live, own_folder):
    do = live("r1")
    with receiver(500) as server, watching(own_folder, "r1", "--webhook", server.url) as process:
        do("sys.exit()", ends=True)
        out, err = process.communicate(timeout=60)
        assert server.next().body == server.next().body
    assert (process.returncode, len(out.splitlines())) == (0, 1)
    assert "tried again in the background" in err


def test_what_was_not_delivered_is_told_at_the_end(call, start):
    start("one").complete()
    with receiver(404) as server:
        ended = call("watch", "-1", "--webhook", server.url)
    assert ended.code == 1
    assert "answers 404; given up" in ended.err


def test_ctrl_c_tells_of_alerts_that_are_still_on_their_way(live, own_folder):
    do = live("r1")
    with (
        receiver(500, headers={"Retry-After": "60"}) as server,
        watching(own_folder, "r1", "--webhook", server.url) as process,
    ):
        do("sys.exit()", ends=True)
        server.next()
        assert "tried again" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "1 alerts were not delivered" in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "name a run"),
        (("latest", "--all"), "name a run"),
        (("latest", "--if", "loss >> 3"), "column 7"),
        (("latest", "--on", "start"), "start"),
        (("latest", "--webhook", "ftp://x"), "http://"),
        (("latest", "--retry-for", "soon"), "no duration"),
    ],
)
def test_wrong_use_is_told(call, start, arguments, told):
    start("one").complete()
    ended = call("watch", *arguments)
    assert ended.code == 2
    assert told in ended.err


def test_a_run_that_is_deleted_is_let_go_of(live, own_folder, workspace):
    do = live("r1")
    with watching(own_folder, "r1", "--if", "loss > 10", "--json") as process:
        do("run.log('loss', 11.0)")
        process.stdout.readline()
        do("os.kill(os.getpid(), signal.SIGKILL)", ends=True)
        workspace.backend.delete_run("r1")
        assert alerts(process) == []
