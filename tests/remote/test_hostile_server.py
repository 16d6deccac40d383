"""A server that answers with names that lead elsewhere: nothing is written outside of the cache, and nothing local is read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from runlog import Workspace
from runlog.errors import RunFileNotFoundError, RunLogError, ServerUnreachableError, WrongValueError
from runlog.records import EventKind
from support.events_by_hand import WRITER, ended, event, in_blob, opened, parameter, sealed_events
from support.hostile_server import HostileServer, Packed, hostile_server

UP = "../" * 24
HASH = "0123456789abcdef" * 4
LEADING_OUT = [f"{UP}tmp/x", "/tmp/x", "..", "", ".", "a/../../b", f"../{WRITER}-events-000000.seal", "a\0b", "a\nb"]
NO_NAMES = [None, 1, [], {}, 1.5, True]
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def evil(monkeypatch):
    """The server, named by the environment."""
    with hostile_server() as server:
        monkeypatch.setenv("RUNLOG_URI", server.url)
        monkeypatch.setenv("RUNLOG_TOKEN", "rl_x")
        yield server


@pytest.fixture
def outside(own_folder: Path) -> Path:
    """A file that is nobody's business but the user's, with what would be a parameter's event."""
    path = own_folder / "home" / ".bashrc"
    path.write_bytes(parameter("stolen", "secret")[2])
    return path


def segment(run_id: str, *events) -> bytes:
    return sealed_events(run_id, [opened(run_id), parameter("before", 1), *events, parameter("after", 2), ended()])


def writer(*files: dict[str, object], **fields: object) -> dict[str, object]:
    return {
        "id": WRITER,
        "guest": False,
        "late": False,
        "liveness": "closed",
        "lost": [0, 0],
        "files": [*files],
    } | fields


def serve_run(server: HostileServer, run_id: str, data: bytes, name: str = f"{WRITER}-events-000000.seal") -> None:
    """Have a server that has one run as it should be."""
    events = [(2, 1, opened(run_id)[2], WRITER, 512, 2)]
    state = {"id": run_id, "events": events, "writers": [[WRITER, False, False, "closed"]]}
    server.answers |= {
        "/api/v1/run-ids": {"items": [run_id], "cursor": None},
        "POST /api/v1/run-states": Packed({"runs": [state], "rest": [], "missing": [], "damaged": {}}),
        f"/api/v1/runs/{run_id}/journal": {"writers": [writer({"name": name, "size": len(data)})], "crashes": []},
        f"/api/v1/runs/{run_id}/journal/{name}": data,
    }


def below(folder: Path) -> set[str]:
    """Everything below a folder but the caches and outboxes."""
    own = (str(folder / "home/.cache/runlog"), str(folder / "home/.local/state/runlog"))
    found = {str(one) for one in folder.rglob("*")}
    return {one for one in found if not one.startswith(own) and one not in {str(Path(place).parent) for place in own}}


@pytest.fixture
def untouched(own_folder: Path, outside: Path, evil):
    """Fails a test that leaves anything outside of the client's own folders."""
    before = below(own_folder), outside.read_bytes(), set(os.listdir("/tmp"))
    yield
    after = below(own_folder) - {str(own_folder / "home/.local"), str(own_folder / "home/.local/state")}
    assert after == before[0]
    assert outside.read_bytes() == before[1]
    assert "x" not in set(os.listdir("/tmp")) - before[2]


def read_all(run_id: str = "run1") -> None:
    """What a command reads of a run; a server of this kind may be told of as an error of ours, and nothing else."""
    workspace = Workspace.from_config()
    for ask in (
        lambda: workspace.backend.journal(run_id).points(),
        lambda: list(workspace.backend.journal(run_id).events()),
        lambda: list(workspace.runs()),
        lambda: workspace.get_run(run_id).get_metrics(),
        lambda: workspace.get_run(run_id).download_files(output_directory="got"),
    ):
        try:
            ask()
        except RunLogError:
            continue


def test_a_server_of_this_kind_that_is_honest_is_read(evil, untouched):
    serve_run(evil, "run1", segment("run1"))
    run = Workspace.from_config().get_run("run1")
    assert len(list(run._backend.journal("run1").events())) == 4


@pytest.mark.parametrize("name", LEADING_OUT + NO_NAMES, ids=lambda one: repr(one)[:20])
def test_a_listed_file_whose_name_leads_elsewhere_is_not_fetched(evil, untouched, name):
    serve_run(evil, "run1", segment("run1"))
    evil.answers["/api/v1/runs/run1/journal"]["writers"] = [writer({"name": name, "size": 11})]
    evil.answers |= {f"/api/v1/runs/run1/journal/{name}": b"echo pwned\n"}
    with pytest.raises(ServerUnreachableError, match="listing of a journal"):
        list(Workspace.from_config().backend.journal("run1").events())
    read_all()


@pytest.mark.parametrize("name", LEADING_OUT + NO_NAMES, ids=lambda one: repr(one)[:20])
def test_a_writer_whose_id_leads_elsewhere_is_refused(evil, untouched, name):
    serve_run(evil, "run1", segment("run1"))
    evil.answers["/api/v1/runs/run1/journal"]["writers"] = [writer(id=name, liveness="alive")]
    with pytest.raises(ServerUnreachableError, match="listing of a journal"):
        list(Workspace.from_config().backend.journal("run1").events())
    read_all()


def test_a_file_of_another_writer_than_the_one_it_is_listed_for_is_refused(evil, untouched):
    serve_run(evil, "run1", segment("run1"))
    listed = {"name": f"{'z' * 12}-events-000000.seal", "size": 1}
    evil.answers["/api/v1/runs/run1/journal"]["writers"] = [writer(listed)]
    with pytest.raises(ServerUnreachableError, match="listing of a journal"):
        list(Workspace.from_config().backend.journal("run1").events())


@pytest.mark.parametrize("size", [-1, 1 << 63, "1", None, 1.5])
def test_a_listed_size_that_can_be_none_is_refused(evil, untouched, size):
    serve_run(evil, "run1", segment("run1"))
    listed = {"name": f"{WRITER}-events-000000.seal", "size": size}
    evil.answers["/api/v1/runs/run1/journal"]["writers"] = [writer(listed)]
    with pytest.raises(ServerUnreachableError, match="listing of a journal"):
        list(Workspace.from_config().backend.journal("run1").events())


@pytest.mark.parametrize("run_id", LEADING_OUT + NO_NAMES, ids=lambda one: repr(one)[:20])
def test_an_id_that_can_be_no_runs_is_left_out_and_the_others_are_read(evil, untouched, run_id):
    serve_run(evil, "run1", segment("run1"))
    evil.answers["/api/v1/run-ids"] = {"items": [run_id, "run1"], "cursor": None}
    evil.answers["/api/v1/process-ids"] = {"items": [run_id], "cursor": None}
    backend = Workspace.from_config().backend
    assert (backend.run_ids(), backend.process_ids()) == (["run1"], [])
    read_all()


@pytest.mark.parametrize("created", ["soon", [], {"a": 1}, True, 1e400, 1 << 70, -1], ids=str)
def test_a_run_that_is_listed_with_no_moment_is_listed_all_the_same(evil, untouched, created):
    evil.answers["/api/v1/runs"] = {"items": [{"id": "run1", "created": created}, {"id": "run2"}], "cursor": None}
    listed = Workspace.from_config().backend.newest_first()
    assert listed is not None
    assert sorted(listed) == ["run1", "run2"]


@pytest.mark.parametrize("run_id", LEADING_OUT, ids=lambda one: repr(one)[:20])
def test_no_id_that_somebody_gives_leads_out_of_the_cache(evil, untouched, run_id):
    serve_run(evil, "run1", segment("run1"))
    backend = Workspace.from_config().backend
    for ask in (backend.journal, backend.process_journal, backend.follow):
        with pytest.raises((WrongValueError, RunLogError)):
            ask(run_id)


@pytest.mark.parametrize("name", LEADING_OUT, ids=lambda one: repr(one)[:20])
def test_many_journals_at_once_bring_no_file_that_is_not_listed(evil, untouched, name):
    data = segment("run1")
    serve_run(evil, "run1", data)
    good = f"{WRITER}-events-000000.seal"
    journal = {"id": "run1", "writers": [writer({"name": good, "size": len(data)})], "files": {name: b"x", good: data}}
    for journals in ([journal], [journal | {"id": name}], [journal | {"writers": [writer(id=name)]}]):
        evil.answers["POST /api/v1/run-journals"] = Packed({"runs": journals, "rest": []})
        backend = Workspace.from_config().backend
        with backend.at_hand(["run1"]):
            assert len(list(backend.journal("run1").events())) == 4


@pytest.mark.parametrize("sha256", [None, f"{UP}etc/hostname", "/dev/zero", "", HASH.upper()], ids=str)
def test_a_state_whose_event_names_a_local_file_reads_none(evil, untouched, outside, sha256):
    pointer = {"sha256": str(outside) if sha256 is None else sha256, "size": outside.stat().st_size}
    stolen = in_blob(EventKind.PARAMS, pointer, state=True)
    serve_run(evil, "run1", segment("run1", stolen))
    events = [(2, 1, opened("run1")[2], WRITER, 512, 2), (*stolen, WRITER, 600, 2)]
    state = {"id": "run1", "events": events, "writers": [[WRITER, False, False, "closed"]]}
    evil.answers["POST /api/v1/run-states"] = Packed({"runs": [state], "rest": []})
    found = Workspace.from_config().get_run("run1").state()
    assert (found.params, found.unreadable, found.experiment) == ({}, 1, "study")
    journal = Workspace.from_config().backend.journal("run1")
    assert len(list(journal.events())) == 4
    assert journal.damage.damaged_events == 1


def test_content_of_another_hash_is_told_and_not_kept(evil, untouched, own_folder):
    evil.answers[f"/api/v1/blobs/{HASH}"] = b"something else"
    backend = Workspace.from_config().backend
    with pytest.raises(RunFileNotFoundError, match="other content"):
        backend.read_blob(HASH)
    assert not [one for one in own_folder.rglob("*") if one.is_file() and one.read_bytes() == b"something else"]


def test_no_more_is_taken_than_was_announced(evil, untouched, own_folder):
    data = b"x" * 10_000_000
    name = hashlib.sha256(data).hexdigest()
    evil.answers[f"/api/v1/blobs/{name}"] = data
    with pytest.raises(ServerUnreachableError, match="sends more than the 100 bytes"):
        Workspace.from_config().backend.read_blob(name, 100)
    whole = segment("run1")
    serve_run(evil, "run1", whole)
    evil.ignores_ranges = True
    evil.answers[f"/api/v1/runs/run1/journal/{WRITER}-events-000000.seal"] = whole + data
    with pytest.raises(ServerUnreachableError, match="than it listed"):
        list(Workspace.from_config().backend.journal("run1").events())
    assert sum(one.stat().st_size for one in own_folder.rglob("*") if one.is_file()) < 1_000_000


@pytest.mark.parametrize("name", [f"{UP}tmp/x", "/tmp/x", "experiments/../../x", "models", 1, None], ids=str)
def test_entries_that_lead_elsewhere_are_no_entries(evil, untouched, name):
    evil.answers["/api/v1/entries"] = {"names": [name], "folders": [], "cursor": None}
    with pytest.raises(ServerUnreachableError, match="records in a folder"):
        Workspace.from_config().backend.entry_names("experiments")
    evil.answers["/api/v1/entries"] = {"names": [], "folders": [name if name != "models" else "x"], "cursor": None}
    with pytest.raises(ServerUnreachableError, match="records in a folder"):
        Workspace.from_config().backend.entry_folders("models")


@pytest.mark.parametrize("name", [f"{UP}tmp/x", "/tmp/x", "", 1, None], ids=str)
def test_last_words_of_a_writer_whose_id_leads_elsewhere_are_not_asked_for(evil, untouched, name):
    serve_run(evil, "run1", segment("run1"))
    evil.answers["/api/v1/runs/run1/journal"]["crashes"] = [{"writer": name, "time": 1}]
    with pytest.raises(ServerUnreachableError, match="last words"):
        Workspace.from_config().backend.journal("run1").crashes()


def test_a_file_event_that_leads_out_writes_nothing_when_all_files_are_fetched(evil, untouched, own_folder):
    names = [f"{UP}tmp/x", "/tmp/x", "../x", "a/../../x"]
    events = [event(EventKind.FILE, state=True, name=name, size=1, sha256=HASH) for name in names]
    serve_run(evil, "run1", segment("run1", *events))
    state = {
        "id": "run1",
        "events": [(*one, WRITER, 512, 2) for one in (opened("run1"), *events)],
        "writers": [[WRITER, False, False, "closed"]],
    }
    evil.answers["POST /api/v1/run-states"] = Packed({"runs": [state], "rest": []})
    run = Workspace.from_config().get_run("run1")
    assert (run.download_files(output_directory="got"), run.state().unreadable) == ([], 4)
