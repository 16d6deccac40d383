"""How a server starts, what it tells of itself, and how it ends."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import threading

import pytest
from prometheus_client.parser import text_string_to_metric_families

from runlog.errors import ConfigurationError
from runlog.server.database import Database
from runlog.server.serving import _listen
from runlog.server.settings import ServerSettings, load_settings
from support.waiting import until


def test_settings_come_from_a_file_then_variables_then_flags(tmp_path):
    file = tmp_path / "server.yaml"
    file.write_text("port: 1\nhost: 0.0.0.0\nhosts: [a, b]\nupload: {file_bytes: 5}\n")
    environment = {"RUNLOG_SERVER_PORT": "2", "RUNLOG_SERVER_ORIGINS": "https://a, https://b", "RUNLOG_SERVER_X": "no"}
    settings = load_settings(file, environment, {"log_level": "DEBUG", "port": None})
    assert (settings.port, settings.host, settings.log_level) == (2, "0.0.0.0", "DEBUG")
    assert (settings.hosts, settings.origins) == (["a", "b"], ["https://a", "https://b"])
    assert (settings.upload.file_bytes, settings.upload.json_bytes) == (5, ServerSettings().upload.json_bytes)
    assert load_settings(file, environment, {"port": 3}).port == 3


@pytest.mark.parametrize(
    "text",
    [
        "prot: 1",
        "port: many",
        "port: 70000",
        "hosts: ['*']",
        "page: 0",
        "upload: {json_bytes: 0}",
        "[1]",
        "a: [",
        "1: 2",
    ],
)
def test_a_setting_that_can_not_be_is_told_of(tmp_path, text):
    file = tmp_path / "server.yaml"
    file.write_text(text)
    with pytest.raises(ConfigurationError):
        load_settings(file, {}, {})


def test_all_faults_of_settings_are_told_at_once_with_their_places(tmp_path):
    file = tmp_path / "server.yaml"
    file.write_text("hst: a\nport: many\nupload:\n  file_bytes: large\n  fil_bytes: 1\n")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(file, {"RUNLOG_SERVER_PAGE": "0"}, {"ingests": "some"})
    told = str(caught.value)
    for fault in (
        f"{file}, line 1: there is no setting 'hst'; did you mean 'host'?",
        f"{file}, line 2: port can't be 'many': give a whole number",
        f"{file}, line 4: upload.file_bytes can't be 'large': give a whole number, or a size such as 10MB",
        f"{file}, line 5: there is no setting 'upload.fil_bytes'; did you mean 'upload.file_bytes'?",
        "RUNLOG_SERVER_PAGE: page can't be '0': give a number from 1 on",
        "--ingests: ingests can't be 'some': give a whole number",
    ):
        assert fault in told, told


def test_sizes_may_be_written_as_people_write_them(tmp_path):
    file = tmp_path / "server.yaml"
    file.write_text("upload: {file_bytes: 10MB}\n")
    assert load_settings(file, {}, {}).upload.file_bytes == 10_000_000


def test_a_variable_that_is_no_setting_is_told_of(heard):
    assert load_settings(None, {"RUNLOG_SERVER_PROT": "1"}, {}).port == 8420
    assert heard.messages == [
        "the variable RUNLOG_SERVER_PROT is no setting of the server; did you mean 'RUNLOG_SERVER_PORT'?"
    ]


def test_a_port_that_is_taken_is_told_of(server, tmp_path):
    import subprocess
    import sys

    from support.scripts import clean_environment

    done = subprocess.run(
        [sys.executable, "-m", "runlog", "server", "-p", str(server.port), "-w", str(tmp_path / "x")],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert f"port {server.port} can't be used" in done.stderr


def test_it_says_what_it_is_and_whether_it_works(reader, server):
    told = reader("GET", "/api/v1/server").json()
    assert (told["api"], told["journal_versions"]) == (1, [1])
    assert told["caller"] == {"name": "test reader", "role": "reader"}
    assert server.client(None)("GET", "/healthz").json() == {"status": "ok"}
    assert server.client(None)("GET", "/readyz").json() == {"status": "ok", "troubles": []}


def test_it_is_not_ready_where_its_folder_is_gone(start_server):
    server = start_server()
    server.folder.rename(server.folder.with_name("moved"))
    anybody = server.client(None)
    until(lambda: anybody("GET", "/readyz").status_code == 503)
    assert anybody("GET", "/healthz").status_code == 200
    server.folder.with_name("moved").rename(server.folder)
    until(lambda: anybody("GET", "/readyz").status_code == 200)


def test_it_counts_what_it_does(reader, writer, run):
    writer("PUT", f"/api/v1/runs/{run}/files/counted", data=b"x" * 1_000)
    text = reader("GET", "/metrics").text
    samples = {
        (one.name, one.labels.get("what"), one.labels.get("route")): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }
    assert samples["runlog_ingested_bytes_total", "file", None] >= 1_000
    assert samples["runlog_requests_total", None, "/api/v1/runs/{run}/files/{path:path}"] >= 1
    assert run not in text


def test_its_requests_go_to_a_file_of_json_lines_where_one_is_named(start_server, tmp_path):
    log = tmp_path / "logs" / "access.jsonl"
    server = start_server("--access-log", str(log))
    server.client("reader")("GET", "/api/v1/server?secret=1")
    assert server.stop() == 0
    (line,) = [json.loads(line) for line in log.read_text().splitlines()]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/v1/server", 200)
    assert "secret" not in log.read_text()
    assert "/api/v1/server" not in server.told()


def test_told_to_stop_it_finishes_the_requests_under_way(start_server):
    server = start_server()
    client = server.client("writer")
    client("PUT", "/api/v1/runs/last")
    begun, go_on = threading.Event(), threading.Event()

    def body():
        yield b"x" * 1_000
        begun.set()
        go_on.wait(30)
        yield b"y" * 1_000

    answers = []
    sender = threading.Thread(target=lambda: answers.append(client("PUT", "/api/v1/runs/last/files/slow", data=body())))
    sender.start()
    begun.wait(30)
    server.process.terminate()
    go_on.set()
    sender.join()
    assert server.stop() == 0
    assert answers[0].status_code == 200
    assert (server.folder / "runs/last/files/slow").read_bytes() == b"x" * 1_000 + b"y" * 1_000


def test_whoever_listens_does_not_keep_it_from_ending(start_server):
    server = start_server()
    with server.client("reader")("GET", "/api/v1/events", stream=True) as events:
        assert next(events.iter_lines()).startswith(b"id")
        assert server.stop() == 0


def test_after_a_kill_what_was_acknowledged_is_there(start_server):
    server = start_server()
    client = server.client("writer")
    client("PUT", "/api/v1/runs/kept")
    for number in range(20):
        assert client("PUT", f"/api/v1/runs/kept/files/{number}", data=b"%d" % number).status_code == 200
    server.kill()
    server.start()
    for number in range(20):
        assert client("GET", f"/api/v1/runs/kept/files/{number}").content == b"%d" % number


def test_a_database_of_a_newer_version_is_refused(tmp_path):
    database = Database(tmp_path)
    with database.writing() as connection:
        connection.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(ConfigurationError, match="newer runlog"):
        Database(tmp_path)
    assert (tmp_path / "server.sqlite").stat().st_mode & 0o777 == 0o600


def test_the_body_of_an_answer_does_not_wait_for_its_header_to_be_acknowledged():
    with _listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


# -- the page at its address -------------------------------------------------------------------------------------------


def test_a_browser_gets_a_page_that_says_what_this_is_and_which_commands_there_are(server):
    answer = server.client(None)("GET", "/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    for told in (f"runlog -w {server.url} runs", f"runlog login {server.url}", "/api/v1/openapi.json", "/healthz"):
        assert told in answer.text


def test_the_page_tells_nothing_of_the_workspace_and_runs_nothing(server):
    answer = server.client(None)("GET", "/")
    assert str(server.folder) not in answer.text
    assert "<script" not in answer.text
    policy = dict(one.strip().partition(" ")[::2] for one in answer.headers["Content-Security-Policy"].split(";"))
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy["style-src"] == f"'sha256-{digest}'"
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert server.client(None)("GET", "/anything").status_code == 401


def test_a_name_in_the_request_becomes_text_of_the_page(server):
    answer = server.client(None)("GET", "/", headers={"Host": f"localhost:{server.port}"})
    assert f"http://localhost:{server.port}" in answer.text
    assert server.client(None)("GET", "/", headers={"Host": "<b>evil</b>"}).status_code in {400, 421}
