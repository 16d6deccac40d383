"""Links and pipes in a served folder: whoever may write to it reads and writes nothing as the server's user."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from runlog.journal.format import Header, Stream
from runlog.records import EventKind
from support.events_by_hand import WRITER, event, in_blob, make_run, sealed_events

HASH = "0123456789abcdef" * 4
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def server(start_server):
    return start_server()


@pytest.fixture
def secret(server) -> Path:
    path = server.folder.parent / "secret"
    path.write_bytes(b"hidden words")
    return path


def put_link(path: Path, target: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


@pytest.mark.parametrize(
    ("place", "url"),
    [
        ("runs/good/files/link", "/api/v1/runs/good/files/link"),
        (f"blobs/{HASH[:2]}/{HASH}", f"/api/v1/blobs/{HASH}"),
        ("experiments/link.json", "/api/v1/entries/experiments/link.json"),
        ("models/net/1.json", "/api/v1/entries/models/net/1.json"),
        ("runs/good/requests/levels.json", "/api/v1/entries/runs/good/requests/levels.json"),
        (f"runs/good/{'z' * 12}-events-000000.seal", f"/api/v1/runs/good/journal/{'z' * 12}-events-000000.seal"),
        (f"runs/good/{'z' * 12}-crash.txt", f"/api/v1/runs/good/crashes/{'z' * 12}"),
    ],
)
def test_what_is_behind_a_link_is_not_served(server, secret, place, url):
    make_run(server.folder, "good")
    put_link(server.folder / place, secret)
    for method in ("GET", "HEAD"):
        answer = server.client("reader")(method, url)
        assert 400 <= answer.status_code < 500
        assert b"hidden words" not in answer.content


@pytest.mark.parametrize(
    ("place", "url"),
    [
        ("runs/good/files/elsewhere", "/api/v1/runs/good/files/elsewhere/secret"),
        (f"blobs/{HASH[:2]}", f"/api/v1/blobs/{HASH}"),
        ("models/net", "/api/v1/entries/models/net/secret"),
        ("runs/good/requests", "/api/v1/entries/runs/good/requests/secret"),
        ("runs/good/files", "/api/v1/runs/good/files/secret"),
    ],
)
def test_what_is_in_a_folder_behind_a_link_is_not_served(server, secret, place, url):
    make_run(server.folder, "good")
    (secret.parent / HASH).write_bytes(b"hidden words")
    put_link(server.folder / place, secret.parent)
    answer = server.client("reader")("GET", url)
    assert 400 <= answer.status_code < 500
    assert b"hidden words" not in answer.content


@pytest.mark.parametrize(
    ("place", "url"),
    [
        ("runs/good/files/elsewhere", "/api/v1/runs/good/files/elsewhere/new"),
        ("runs/good/files", "/api/v1/runs/good/files/new"),
        (f"blobs/{hashlib.sha256(b'new').hexdigest()[:2]}", f"/api/v1/blobs/{hashlib.sha256(b'new').hexdigest()}"),
        ("models/net", "/api/v1/entries/models/net/1.json"),
        ("runs/good/requests", "/api/v1/entries/runs/good/requests/levels.json"),
    ],
)
def test_nothing_is_written_into_a_folder_behind_a_link(server, secret, place, url):
    make_run(server.folder, "good")
    behind = secret.parent / "behind"
    behind.mkdir()
    put_link(server.folder / place, behind)
    headers = {"If-None-Match": "*"} if "entries" in url else {}
    data = b"{}" if url.endswith("levels.json") else b"new"
    answer = server.client("writer")("PUT", url, data=data, headers=headers)
    assert answer.status_code == 409
    assert os.listdir(behind) == []


def test_no_segment_is_written_through_a_link(server, secret):
    make_run(server.folder, "good")
    name = f"{'z' * 12}-events-000000.open"
    put_link(server.folder / "runs/good" / name, secret)
    header = Header(Stream.EVENTS, 0, 0, "z" * 12, "good", boot_id="0" * 36, host="elsewhere", pid=1).pack()
    answer = server.client("writer")("PUT", f"/api/v1/runs/good/journal/{'z' * 12}/events/0?offset=0", data=header)
    assert answer.status_code == 409
    assert secret.read_bytes() == b"hidden words"


@pytest.mark.parametrize("name", [f"{'z' * 12}.lease", f"{'z' * 12}-crash.txt"])
def test_no_sign_of_life_and_no_last_words_are_written_through_a_link(server, secret, name):
    make_run(server.folder, "good")
    put_link(server.folder / "runs/good" / name, secret)
    client = server.client("writer")
    client("POST", f"/api/v1/runs/good/journal/{'z' * 12}/sign", json={"state": "alive", "lost": [0, 0]})
    client("PUT", f"/api/v1/runs/good/crashes/{'z' * 12}", data=b"words", headers={"Runlog-Time": "1"})
    assert secret.read_bytes() == b"hidden words"


@pytest.mark.parametrize(
    "name",
    [
        *(f"{'z' * 12}-events-000000.open", f"{'z' * 12}-points-000000.open", f"{'z' * 12}-events-000000.seal"),
        *(f"{'z' * 12}-points-000000.compact", f"{'z' * 12}.pack", f"{'z' * 12}.lock", f"{'z' * 12}.lease"),
        *(f"{'z' * 12}-crash.txt", f"{'z' * 12}-overflow.open", f"{WRITER}.lease", f"{WRITER}.lock"),
    ],
)
def test_a_pipe_in_a_runs_folder_keeps_nobody_waiting(server, name):
    good = make_run(server.folder, "good")
    make_run(server.folder, "other")
    os.mkfifo(good / name)
    client = server.client("reader")
    assert {one["id"] for one in client("GET", "/api/v1/runs").json()["items"]} == {"good", "other"}
    assert client("GET", "/api/v1/runs/good").json()["params"] == {"before": 1, "after": 2}
    for url in ("/api/v1/runs/good/journal", "/api/v1/records?q=nothing", "/healthz", "/api/v1/runs/good/metrics"):
        assert client("GET", url).status_code == 200
    assert client("POST", "/api/v1/run-states", json={"ids": ["good", "other"]}).status_code == 200
    assert client("POST", "/api/v1/run-journals", json={"runs": [{"id": "good", "has": {}}]}).status_code == 200
    assert server.stop() == 0


@pytest.mark.parametrize(
    "place", ["runs/good/files/pipe", f"blobs/{HASH[:2]}/{HASH}", "experiments/pipe.json", "models/net/1.json"]
)
def test_a_pipe_in_the_place_of_content_keeps_nobody_waiting(server, place):
    make_run(server.folder, "good", in_blob(EventKind.PARAMS, {"sha256": HASH, "size": 1}, state=True))
    (server.folder / place).parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(server.folder / place)
    client = server.client("reader")
    urls = ("runs", "runs/good", f"blobs/{HASH}", "runs/good/files/pipe", "entries/experiments/pipe.json")
    for url in (*urls, "entries/models/net/1.json", "entries?folder=models/net", "entries?folder=experiments"):
        assert client("GET", f"/api/v1/{url}").status_code in {200, 404, 409}, url
    assert client("GET", "/api/v1/runs/good").json()["params"] == {"before": 1, "after": 2}


@pytest.mark.parametrize("sha256", ["/dev/ptmx", "/dev/zero", "../../../../../../../../dev/zero", "", "x", "\0"])
def test_one_event_that_names_a_device_stops_no_server(server, sha256):
    """As a writer with a token sends it."""
    client = server.client("writer")
    make_run(server.folder, "other")
    assert client("PUT", "/api/v1/runs/evil").status_code == 201
    events = [in_blob(EventKind.PARAMS, {"sha256": sha256, "size": 1}, state=True)]
    events += [event(EventKind.FILE, state=True, name=sha256, size=1, sha256=sha256)]
    url = f"/api/v1/runs/evil/journal/{WRITER}/events/0?offset=0&sealed=1"
    assert client("PUT", url, data=sealed_events("evil", events)).status_code == 200
    assert "other" in {one["id"] for one in client("GET", "/api/v1/runs").json()["items"]}
    assert client("GET", "/api/v1/runs/evil").status_code == 200
    assert client("GET", "/api/v1/records?q=nothing").status_code == 200
    assert client("GET", "/healthz").status_code == 200
    assert server.stop() == 0
