"""Webhooks and commands, and what happens where they do not take an alert."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import os
import socket
import sys
import threading
from pathlib import Path

import pytest

from runlog.errors import WrongValueError
from runlog.watching.alert import Alert
from runlog.watching.command import ShellCommand
from runlog.watching.outbox import NotDelivered, Outbox
from runlog.watching.webhook import Webhook, seconds_of
from support.webhook_server import HANG, receiver

ALERT = Alert(
    event="condition",
    run_id="r1",
    name="calm-otter-12",
    experiment="nightly",
    status="Running",
    attempt=2,
    time_ns=1_700_000_000_000_000_001,
    condition="loss > 10 for 3",
    metric="loss",
    value=12.5,
    step=40,
)


@pytest.fixture
def said():
    return []


def sent(target, said, alert=ALERT, **arguments):
    """How many alerts were given up, once nothing is pending."""
    outbox = Outbox(target, said.append, first_delay=0.01, **arguments)
    outbox.put(alert)
    outbox.wait()
    outbox.stop()
    return outbox.failed


def test_an_alert_is_one_post_of_json(said):
    with receiver() as server:
        assert sent(Webhook(server.url), said) == 0
        got = server.next()
    assert got.path == "/hook/secret-path"
    assert got.headers["Content-Type"] == "application/json"
    assert got.json == {
        "id": ALERT.id,
        "event": "condition",
        "run_id": "r1",
        "name": "calm-otter-12",
        "experiment": "nightly",
        "status": "Running",
        "attempt": 2,
        "error": None,
        "condition": "loss > 10 for 3",
        "metric": "loss",
        "value": 12.5,
        "step": 40,
        "time": "2023-11-14T22:13:20.000000001Z",
        "text": "calm-otter-12 (nightly, r1): loss > 10 for 3: 12.5 at step 40",
    }
    assert (server.received.qsize(), said) == (0, [])


def test_a_value_that_json_has_no_form_for_is_text():
    nan = Alert("condition", "r1", "", "x", "Running", 1, 0, condition="loss is nan", metric="loss", value=math.nan)
    assert json.loads(nan.json())["value"] == "NaN"


def test_with_a_secret_the_body_is_signed(said):
    with receiver() as server:
        sent(Webhook(server.url, secret="s3cret"), said)
        got = server.next()
    signature = hmac.new(b"s3cret", got.body, hashlib.sha256).hexdigest()
    assert got.headers["X-Runlog-Signature-256"] == f"sha256={signature}"


def test_without_a_secret_nothing_is_signed(said):
    with receiver() as server:
        sent(Webhook(server.url), said)
        assert "X-Runlog-Signature-256" not in server.next().headers


def test_a_server_that_fails_is_asked_again_with_the_same_delivery(said):
    with receiver(500, 503, 429) as server:
        assert sent(Webhook(server.url), said) == 0
        got = [server.next() for _ in range(4)]
    assert len({one.body for one in got}) == 1
    assert {one.headers["X-Runlog-Delivery"] for one in got} == {ALERT.id}
    assert "answers 500; it is tried again" in said[0]
    assert "delivered at try 4" in said[1]


def test_a_server_that_hangs_is_given_up_on_in_time_and_asked_again(said):
    with receiver(HANG) as server:
        assert sent(Webhook(server.url, timeout=0.2), said) == 0
        assert server.next().body == server.next().body
    assert "does not answer in time" in said[0]


@pytest.mark.parametrize("status", [301, 400, 401, 404, 410])
def test_a_server_that_refuses_is_not_asked_again(said, status):
    with receiver(status, headers={"Location": "http://127.0.0.1:1/elsewhere"}) as server:
        assert sent(Webhook(server.url), said) == 1
        server.next()
        assert server.received.empty()
    assert f"answers {status}; given up" in said[0]


def test_a_server_that_can_not_be_reached_is_given_up_after_the_given_time(said):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/hook"
        assert sent(Webhook(url), said, retry_for=3) == 1
    assert "can't be reached; it is tried again" in said[0]
    assert "given up" in said[-1]


def test_what_is_said_of_a_webhook_does_not_have_its_path(said):
    with receiver(404) as server:
        sent(Webhook(server.url), said)
    assert not any("secret-path" in one for one in said)


def test_the_time_that_a_server_asks_for_is_kept_to(said):
    with receiver(503, headers={"Retry-After": "1"}) as server:
        assert sent(Webhook(server.url), said, retry_for=0.5) == 1
        server.next()
        assert server.received.empty()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), ("999999", 3600), ("", 0), ("soon", 0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("-5", 0)],
)
def test_what_a_retry_after_header_says(header, seconds):
    assert seconds_of(header) == seconds


def test_alerts_arrive_in_order_after_a_failure(said):
    with receiver(500) as server:
        outbox = Outbox(Webhook(server.url), said.append, first_delay=0.01)
        for number in range(5):
            outbox.put(Alert("end", f"r{number}", "", "x", "Completed", 1, 0))
        outbox.wait()
        outbox.stop()
        assert [server.next().json["run_id"] for _ in range(6)] == ["r0", "r0", "r1", "r2", "r3", "r4"]


def test_an_outbox_that_is_stopped_keeps_nobody_waiting(said):
    with receiver(*[500] * 100) as server:
        outbox = Outbox(Webhook(server.url), said.append, first_delay=60)
        outbox.put(ALERT)
        server.next()
        outbox.stop()
        assert (outbox.pending, outbox.failed) == (1, 0)
        outbox.wait()
    assert not any(one.name == "runlog-outbox" for one in threading.enumerate())


def test_a_fault_of_the_target_itself_ends_no_thread(said):
    class Broken:
        label = "broken"

        def __init__(self):
            self.calls = 0

        def deliver(self, alert):
            self.calls += 1
            if self.calls == 1:
                raise KeyError("oops")

        def stop(self):
            """Nothing runs."""

    outbox = Outbox(Broken(), said.append)
    outbox.put(ALERT)
    outbox.put(ALERT)
    outbox.wait()
    outbox.stop()
    assert (outbox.failed, outbox.target.calls) == (1, 2)
    assert "KeyError" in said[0]


@pytest.mark.parametrize("url", ["ftp://host/x", "host/x", "http://", "http://[::1", "http://host:port/", ""])
def test_what_is_no_url_of_a_webhook_is_refused(url):
    with pytest.raises(WrongValueError, match="URL"):
        Webhook(url)


WRITE = (
    f"{sys.executable} -c \"import json, os, sys; open('got.json', 'w').write(json.dumps("
    "{'stdin': json.load(sys.stdin), 'env': {k: v for k, v in os.environ.items() if k.startswith('RUNLOG_')}}))\""
)


def test_a_command_gets_the_alert_as_json_and_as_variables(said):
    assert sent(ShellCommand(WRITE, {"RUNLOG_URI": "/somewhere"}), said) == 0
    got = json.loads(Path("got.json").read_text(encoding="utf-8"))
    assert got["stdin"] == ALERT.fields()
    assert got["env"]["RUNLOG_EVENT_VALUE"] == "12.5"
    assert got["env"]["RUNLOG_EVENT_TEXT"] == ALERT.text
    assert got["env"]["RUNLOG_EVENT_ERROR"] == ""
    assert got["env"]["RUNLOG_URI"] == "/somewhere"
    assert "RUNLOG_RUN_ID" not in got["env"]  # a run that the command starts is its own


def test_a_command_is_read_by_the_shell(said):
    sent(ShellCommand('echo "$RUNLOG_EVENT_NAME is $RUNLOG_EVENT_STATUS" > said.txt'), said)
    assert Path("said.txt").read_text(encoding="utf-8") == "calm-otter-12 is Running\n"


def test_a_name_can_not_become_a_part_of_the_command(said):
    alert = Alert("end", "r1", '"; touch harm; echo "\0$(touch harm)', "x", "Failed", 1, 0)
    assert sent(ShellCommand('echo "$RUNLOG_EVENT_NAME" > said.txt'), said, alert) == 0
    assert not Path("harm").exists()


@pytest.mark.parametrize(
    ("command", "told"), [("exit 3", "ended with 3"), ("no-such-command-anywhere", "ended with 127")]
)
def test_a_command_that_fails_is_told_of_and_not_called_again(said, command, told):
    assert sent(ShellCommand(f"echo x >> calls; {command} 2> /dev/null"), said) == 1
    assert told in said[0]
    assert Path("calls").read_text(encoding="utf-8") == "x\n"


def test_a_command_that_does_not_read_its_input_is_none_the_worse(said):
    assert sent(ShellCommand("exec < /dev/null; true"), said) == 0


@pytest.fixture
def all_have_ended(own_folder):
    """Whether the processes that hold `held` open end: `sleep 600 3> held` is one."""
    os.mkfifo("held")
    handle = os.open("held", os.O_RDONLY | os.O_NONBLOCK)  # before them: to open it does not wait for a reader then

    def ask():
        os.set_blocking(handle, True)
        reader = threading.Thread(target=os.read, args=(handle, 1), daemon=True)
        reader.start()
        reader.join(60)
        return not reader.is_alive()

    yield ask
    os.close(handle)


def test_a_command_that_takes_too_long_is_ended_with_what_it_started(all_have_ended):
    command = ShellCommand("exec 3> held; sleep 600 & wait", timeout=0.3)
    with pytest.raises(NotDelivered, match="longer than"):
        command.deliver(ALERT)
    assert all_have_ended()


def test_a_command_that_is_stopped_while_it_is_being_started_is_ended():
    being_started = threading.Event()

    class Seen(Alert):
        def variables(self):
            being_started.set()
            return super().variables()

    def deliver():
        with pytest.raises(NotDelivered, match="ended with -9"):
            command.deliver(Seen(**vars(ALERT)))
        ended.set()

    command, ended = ShellCommand("sleep 600"), threading.Event()
    threading.Thread(target=deliver, daemon=True).start()
    assert being_started.wait(60)
    command.stop()
    assert ended.wait(60)


def test_a_command_that_was_stopped_is_not_started_again():
    command = ShellCommand("touch called")
    command.stop()
    with pytest.raises(NotDelivered, match="stopped"):
        command.deliver(ALERT)
    assert not Path("called").exists()
