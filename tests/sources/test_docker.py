"""A container's logs in a run."""

from __future__ import annotations

import gc
import logging

import pytest

import runlog
from runlog.errors import RunStateError, WrongTypeError
from support.docker_engine import Container, engine
from support.waiting import until

docker = pytest.importorskip("docker")
SECOND = 1_000_000_000
START = 1_790_000_000 * SECOND


@pytest.fixture
def container():
    return Container()


@pytest.fixture
def server(container):
    with engine(container) as running:
        yield running


@pytest.fixture
def client(server):
    made = docker.DockerClient(base_url=server.url)
    yield made
    made.close()
    gc.collect()  # a connection that was left open is told of here, not in whatever test comes next


@pytest.fixture
def run(workspace):
    with runlog.Experiment(workspace, "containers").start_logging(outputs=False, capture_system=False) as started:
        yield started


def records(run):
    return list(run.records(logger="runlog.sources.docker"))


def messages(run):
    return [record.message for record in records(run)]


def test_each_line_is_a_record_with_its_stream_level_and_time(container, client, run):
    container.write("stdout", b"epoch 1\n", at=START)
    container.write("stderr", b"slow disk\n", at=START + 1)
    container.exit(0)
    source = runlog.sources.docker("trainer", run, client=client)
    assert source.wait(60)
    found = {record.message: record for record in records(run)}
    assert (found["epoch 1"].level, found["slow disk"].level) == ("INFO", "WARNING")
    assert found["epoch 1"].extra == {"container": "trainer", "image": "train:1", "stream": "stdout"}
    assert found["slow disk"].extra["stream"] == "stderr"
    assert found["epoch 1"].created == pytest.approx(START / 1e9)


def test_it_follows_until_the_container_ends_and_keeps_its_exit_code(container, client, run):
    source = runlog.sources.docker("trainer", run, client=client)
    container.write("stdout", b"before\n")
    until(lambda: source.lines == 1)
    container.write("stdout", b"last words\n")
    container.exit(3)
    assert source.wait(60)
    assert messages(run) == ["before", "last words", "the container exited with 3"]
    assert records(run)[-1].extra["exit_code"] == source.exit_code == 3
    assert records(run)[-1].level == "ERROR"


def test_no_connection_is_left_open_where_the_engine_is_cut_between_two_questions(container, server, client, run):
    container.write("stdout", b"one\n")
    server.cuts_what_follows_logs = True
    source = runlog.sources.docker("trainer", run, client=client, stderr=None)
    until(lambda: source.lines == 1)
    assert not server.cuts_what_follows_logs
    container.exit(0)
    assert source.wait(60)
    assert messages(run) == ["one", "the container exited with 0"]


def test_nothing_is_lost_or_doubled_when_the_engine_restarts(container, server, client, run):
    """Lines of one and the same nanosecond, too."""
    source = runlog.sources.docker("trainer", run, client=client)
    for number in range(50):
        container.write("stdout", b"line %d\n" % number, at=START + number // 5)
    until(lambda: source.lines == 50)
    server.stop()
    for number in range(50, 60):
        container.write("stdout", b"line %d\n" % number, at=START + number // 7 + 3)
    server.start()
    until(lambda: source.lines == 60)
    asked = len(server.asked)
    server.stop()
    server.start()
    until(lambda: len(server.asked) >= asked + 2)  # for both streams: what ends now is seen by the new engine
    container.write("stdout", b"line 60\n", at=START + 100)
    container.exit(0)
    assert source.wait(60)
    assert messages(run)[:-1] == [f"line {number}" for number in range(61)]
    assert len([one for one in server.asked if one["stdout"] == "1"]) >= 3
    assert any("since" in one for one in server.asked)


def test_a_line_that_was_cut_off_by_a_restart_is_taken_whole(container, server, client, run):
    source = runlog.sources.docker("trainer", run, client=client)
    container.write("stdout", b"first\n", at=START)
    container.write("stdout", b"half of ", at=START + 1)
    until(lambda: source.lines == 1)
    server.stop()
    container.write("stdout", b"a long line\n", at=START + 2)
    server.start()
    container.exit(0)
    assert source.wait(60)
    assert messages(run)[:-1] == ["first", "half of a long line"]


def test_a_clock_that_is_set_back_loses_nothing(container, client, run):
    for number in range(5):
        container.write("stdout", b"line %d\n" % number, at=START - number * SECOND)
    container.exit(0)
    assert runlog.sources.docker("trainer", run, client=client).wait(60)
    assert messages(run)[:-1] == [f"line {number}" for number in range(5)]


def test_a_container_with_a_terminal_has_one_stream(client, container, run):
    container.tty = True
    container.write("stdout", b"on a terminal\r\n")
    container.write("stdout", b"\x1b[31mred\x1b[0m\r\n")
    container.exit(0)
    assert runlog.sources.docker("trainer", run, client=client).wait(60)
    assert messages(run)[:-1] == ["on a terminal", "red"]


def test_a_container_that_is_removed_when_it_ends_has_its_exit_code(container, client, run):
    source = runlog.sources.docker("trainer", run, client=client)
    container.write("stdout", b"all\n")
    until(lambda: source.lines == 1)
    container.exit(0, remove=True)
    assert source.wait(60)
    assert messages(run) == ["all", "the container exited with 0"]


def test_without_follow_it_takes_what_there_is(container, client, run):
    container.write("stdout", b"so far\n")
    source = runlog.sources.docker("trainer", run, client=client, follow=False)
    assert source.wait(60)
    assert messages(run) == ["so far"]


def test_since_and_the_choice_of_streams_are_the_engines(container, client, run):
    container.write("stdout", b"old\n", at=START)
    container.write("stdout", b"new\n", at=START + 10 * SECOND)
    container.write("stderr", b"not wanted\n", at=START + 10 * SECOND)
    container.exit(0)
    assert runlog.sources.docker("trainer", run, client=client, since=START / 1e9 + 5, stderr=None).wait(60)
    assert messages(run)[:-1] == ["new"]


def test_json_lines_bring_their_level_and_fields(container, client, run):
    container.write("stdout", b'{"level": "warn", "msg": "low", "free": 3}\n')
    container.exit(0)
    assert runlog.sources.docker(client.containers.get("trainer"), run, parser="json").wait(60)
    first = records(run)[0]
    assert (first.message, first.level, first.extra["free"]) == ("low", "WARNING", 3)


def test_it_ends_with_its_run(container, client, workspace):
    run = runlog.Experiment(workspace, "containers").start_logging(outputs=False, capture_system=False)
    source = runlog.sources.docker("trainer", client=client)
    container.write("stdout", b"while it runs\n")
    until(lambda: source.lines == 1)
    run.complete()
    assert source.wait(60)
    assert source.error is None
    assert messages(run) == ["while it runs"]


def test_its_arguments_are_checked(client, run):
    with pytest.raises(WrongTypeError, match="both None"):
        runlog.sources.docker("trainer", client=client, stdout=None, stderr=None)
    with pytest.raises(WrongTypeError, match="container must be a name"):
        runlog.sources.docker(7, client=client)
    run.complete()
    with pytest.raises(RunStateError, match="no run is open"):
        runlog.sources.docker("trainer", client=client)


def test_the_console_shows_lines_by_its_own_level(container, client, run, heard):
    logging.getLogger("runlog.sources.docker").setLevel(logging.WARNING)
    container.write("stdout", b"kept\n")
    container.write("stderr", b"kept and shown\n")
    container.exit(0)
    assert runlog.sources.docker("trainer", client=client).wait(60)
    assert [one.getMessage() for one in heard.records if one.name == "runlog.sources.docker"] == ["kept and shown"]
    assert set(messages(run)) == {"kept", "kept and shown", "the container exited with 0"}
