"""Blobs, files and small records are kept as they were sent, and given back so that no browser runs them."""

from __future__ import annotations

import hashlib
import os

import pytest

EVIL = b"<html><script>alert(1)</script></html>"


def hash_of(data):
    return hashlib.sha256(data).hexdigest()


def test_a_blob_is_kept_under_its_hash_once(server, writer, reader):
    data = b"some content" * 100_000
    name = hash_of(data)
    assert reader("HEAD", f"/api/v1/blobs/{name}").status_code == 404
    assert reader("POST", "/api/v1/blobs/missing", json={"sha256": [name]}).json() == {"sha256": [name]}
    answer = writer("PUT", f"/api/v1/blobs/{name}", data=data)
    assert (answer.status_code, answer.json()) == (201, {"sha256": name, "size": len(data)})
    assert writer("PUT", f"/api/v1/blobs/{name}", data=data).status_code == 200
    assert reader("POST", "/api/v1/blobs/missing", json={"sha256": [name]}).json() == {"sha256": []}
    head = reader("HEAD", f"/api/v1/blobs/{name}")
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(data)))
    assert reader("GET", f"/api/v1/blobs/{name}").content == data
    assert reader("GET", f"/api/v1/blobs/{name}", headers={"Range": "bytes=5-11"}).content == data[5:12]
    assert (server.folder / "blobs" / name[:2] / name).read_bytes() == data


def test_only_who_may_send_content_keeps_what_is_here_from_growing_old(server, writer, reader, admin):
    data = b"old, and named by nobody"
    name = hash_of(data)
    writer("PUT", f"/api/v1/blobs/{name}", data=data)
    path = server.folder / "blobs" / name[:2] / name
    os.utime(path, (1, 1))
    assert reader("POST", "/api/v1/blobs/missing", json={"sha256": [name]}).json() == {"sha256": []}
    assert reader("HEAD", f"/api/v1/blobs/{name}").status_code == 200
    assert reader("GET", f"/api/v1/blobs/{name}").content == data
    assert path.stat().st_mtime == 1
    for client in (writer, admin):
        os.utime(path, (1, 1))
        assert client("POST", "/api/v1/blobs/missing", json={"sha256": [name]}).json() == {"sha256": []}
        assert path.stat().st_mtime > 1


def test_content_of_another_hash_is_refused_and_leaves_nothing(server, writer, run):
    name = hash_of(b"right")
    refused = writer("PUT", f"/api/v1/blobs/{name}", data=b"wrong")
    assert (refused.status_code, refused.json()["error"]) == (400, "wrong_hash")
    refused = writer("PUT", f"/api/v1/runs/{run}/files/a", data=b"wrong", headers={"Runlog-Sha256": name})
    assert (refused.status_code, refused.json()["error"]) == (400, "wrong_hash")
    assert not (server.folder / "blobs" / name[:2] / name).exists()
    assert not (server.folder / "runs" / run / "files").exists()
    assert list((server.folder / "uploads").iterdir()) == []


@pytest.mark.parametrize("path", ["a.txt", "outputs/modèle/w 1.bin", "a;b/c?d#e%20", "..a/b.."])
def test_a_file_of_a_run_is_kept_with_its_hash_and_time(server, writer, reader, run, path):
    from urllib.parse import quote

    data = b"\x00\x01" * 50_000
    url = f"/api/v1/runs/{run}/files/{quote(path)}"
    headers = {"Runlog-Sha256": hash_of(data), "Runlog-Time": "12345"}
    answer = writer("PUT", url, data=data, headers=headers)
    assert answer.json() == {"name": path, "size": len(data), "sha256": hash_of(data), "time": 12345}
    assert reader("GET", url).content == data
    assert (server.folder / "runs" / run / "files" / path).read_bytes() == data
    writer("PUT", url, data=b"new")
    assert reader("GET", url).content == b"new"


def test_a_file_can_not_take_the_place_of_a_folder(writer, run):
    writer("PUT", f"/api/v1/runs/{run}/files/a/b", data=b"1")
    refused = writer("PUT", f"/api/v1/runs/{run}/files/a", data=b"1")
    assert (refused.status_code, refused.json()["error"]) == (400, "wrong_value")


@pytest.mark.parametrize("name", ["page.html", "drawing.svg", "script.js", "x.xhtml", "x"])
def test_what_was_uploaded_is_never_run_by_a_browser(writer, reader, run, name):
    """Stored pages and pictures would run with the rights of whoever opens them."""
    data = EVIL if name != "drawing.svg" else b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    sha256 = hash_of(data)
    writer("PUT", f"/api/v1/runs/{run}/files/{name}", data=data, headers={"Content-Type": "text/html"})
    writer("PUT", f"/api/v1/blobs/{sha256}", data=data)
    writer("PUT", f"/api/v1/runs/{run}/crashes/{'w' * 12}", data=data)
    writer("PUT", f"/api/v1/entries/models/{run}/{name}", data=data, headers={"If-None-Match": "*"})
    for path in (
        f"runs/{run}/files/{name}",
        f"blobs/{sha256}",
        f"runs/{run}/crashes/{'w' * 12}",
        f"entries/models/{run}/{name}",
    ):
        answer = reader("GET", f"/api/v1/{path}")
        assert answer.status_code == 200
        assert answer.content == data
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_record_is_changed_by_who_read_it_last(writer, reader, run):
    path = f"/api/v1/entries/experiments/{run}.json"
    assert reader("GET", path).status_code == 404
    assert writer("PUT", path, data=b"{}").status_code == 428
    assert writer("PUT", path, data=b"{}", headers={"If-Match": '"x"'}).status_code == 412
    made = writer("PUT", path, data=b'{"a": 1}', headers={"If-None-Match": "*"})
    assert made.status_code == 201
    assert writer("PUT", path, data=b"{}", headers={"If-None-Match": "*"}).status_code == 412
    read = reader("GET", path)
    assert (read.content, read.headers["ETag"]) == (b'{"a": 1}', made.headers["ETag"])
    assert made.json()["etag"] == made.headers["ETag"]
    changed = writer("PUT", path, data=b'{"a": 2}', headers={"If-Match": read.headers["ETag"]})
    assert changed.status_code == 200
    assert writer("PUT", path, data=b'{"a": 3}', headers={"If-Match": read.headers["ETag"]}).status_code == 412
    assert reader("GET", path).content == b'{"a": 2}'
    assert writer("DELETE", path).status_code == 204
    assert writer("DELETE", path).status_code == 404


def test_records_and_folders_of_records_are_listed_in_pages(writer, reader, run):
    for number in range(3):
        for name in (f"{run}x{number}/1.json", f"{run}/{number}.json"):
            writer("PUT", f"/api/v1/entries/models/{name}", data=b"{}", headers={"If-None-Match": "*"})
    listed = reader("GET", f"/api/v1/entries?folder=models/{run}").json()
    assert listed == {"names": [f"models/{run}/{number}.json" for number in range(3)], "folders": [], "cursor": None}
    found, cursor = [], None
    while True:
        page = reader("GET", "/api/v1/entries", params={"folder": "models", "limit": 2, "cursor": cursor}).json()
        found += page["folders"]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert [one for one in found if one.startswith(f"models/{run}x")] == [
        f"models/{run}x{number}" for number in range(3)
    ]


def test_what_is_asked_of_a_run_needs_the_run(writer, run):
    data = {"data": b"{}", "headers": {"If-None-Match": "*"}}
    assert writer("PUT", "/api/v1/entries/runs/nothing/requests/levels.json", **data).status_code == 404
    assert writer("PUT", f"/api/v1/entries/runs/{run}/requests/levels.json", **data).status_code == 201
