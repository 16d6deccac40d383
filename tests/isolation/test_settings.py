"""`workspace.json` may hold anything: a run starts, or says what is wrong; a layout of a newer runlog is refused."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest

import runlog
from runlog.errors import ConfigurationError
from runlog.store.garbage import collect

ODD = {
    "lists nested too deeply": b"[" * 100_000,
    "maps nested too deeply": b'{"name":' * 100_000 + b"1" + b"}" * 100_000,
    "a list": b"[]",
    "a number": b"5",
    "nothing": b"",
    "bytes that are no text": b"\xff\xfe\x00\xd8" * 100,
    "a name that is a list": b'{"name": [], "version": 1}',
    "a huge name": b'{"name": "' + b"x" * 5_000_000 + b'", "version": 1}',
    "a version that is a text": b'{"name": "x", "version": "9"}',
    "a number of thousands of digits": b'{"name": "x", "version": ' + b"9" * 5000 + b"}",
    "an address that is none": b'{"name": "x", "version": 1, "blobs": 5}',
}


@pytest.mark.parametrize("odd", ODD)
def test_a_run_starts_in_a_workspace_of_odd_settings(own_folder, odd):
    (own_folder / ".runlog").mkdir()
    (own_folder / ".runlog" / "workspace.json").write_bytes(ODD[odd])
    run = None
    with suppress(ConfigurationError):  # what may be another program's is left as it is
        run = runlog.start("e", outputs=False, capture_system=False)
    if run is None:
        assert (own_folder / ".runlog" / "workspace.json").read_bytes() == ODD[odd]
        assert [path.name for path in (own_folder / ".runlog").iterdir()] == ["workspace.json"]
        return
    run.log("m", 1.0)
    run.complete()
    assert run.get_metrics()["m"] == [1.0]


def test_a_layout_of_a_newer_runlog_is_refused_and_left_as_it_is(own_folder, workspace):
    with runlog.start("e", outputs=False, capture_system=False):
        pass
    path = own_folder / ".runlog" / "workspace.json"
    path.write_text(json.dumps({"name": "x", "version": 99}))
    before = sorted(own_folder.rglob("*"))
    with pytest.raises(ConfigurationError, match=r"version 99, so it was made by a newer runlog.*install a newer"):
        runlog.start("e", outputs=False, capture_system=False)
    with pytest.raises(ConfigurationError, match="made by a newer runlog"):
        collect(runlog.Workspace(own_folder).backend, older_than=0.0, grace=0.0)
    assert sorted(own_folder.rglob("*")) == before
