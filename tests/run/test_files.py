"""Files of a run: what goes in, under which names, and what comes out."""

from __future__ import annotations

import inspect
import io
import os
import socket
from pathlib import Path

import pytest

from runlog import Experiment, Run, Workspace
from runlog.errors import JournalError, RunFileNotFoundError, WrongTypeError, WrongValueError


@pytest.fixture
def run(workspace):
    return Experiment(workspace, "files").start_logging(outputs=False)


@pytest.fixture
def full(run):
    """A run with files in folders."""
    for name in ("run1/a.txt", "run1/deep/b.txt", "run10/a.txt", "run1.txt"):
        run.upload_file(name, io.BytesIO(name.encode()))
    return run


def elsewhere(run):
    return Workspace(run.experiment.workspace.location).get_run(run.id)


def write(path, text="x"):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def read(run, name):
    return run.download_file(name, "copy").read_text(encoding="utf-8")


def under(folder):
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


def stored(run, name):
    """Where the local folder keeps a file."""
    return Path(run.experiment.workspace.location) / "runs" / run.id / "files" / name


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("upload_file", "name path_or_stream datastore_name"),
        ("upload_files", "names paths return_artifacts timeout_seconds datastore_name"),
        ("upload_folder", "name path datastore_name"),
        ("download_file", "name output_file_path _validate_checksum"),
        ("download_files", "prefix output_directory output_paths batch_size append_prefix timeout_seconds"),
        ("get_all_logs", "destination"),
        ("get_file_names", ""),
    ],
)
def test_arguments_have_the_names_and_the_order_of_azure_ml(method, arguments):
    assert list(inspect.signature(getattr(Run, method)).parameters)[1:] == arguments.split()


# -- one file ----------------------------------------------------------------------------------------------------------


def test_a_file_is_kept_by_content_and_the_newest_of_a_name_counts(run):
    first = run.upload_file("models/m.txt", write("m.txt", "one"))
    write("m.txt", "changed later")
    assert read(run, "models/m.txt") == "one"
    assert (first.name, first.size) == ("models/m.txt", 3)
    run.upload_file("models/m.txt", io.StringIO("two"))
    assert read(elsewhere(run), "models/m.txt") == "two"


def test_a_link_to_a_file_is_the_file(run):
    write("real.txt", "content")
    Path("link.txt").symlink_to("real.txt")
    run.upload_file("link.txt", "link.txt")
    assert read(run, "link.txt") == "content"


def test_a_folder_is_refused_with_the_call_that_takes_it(run):
    Path("folder").mkdir()
    with pytest.raises(WrongValueError, match=r"'folder' is a folder; use run\.upload_folder"):
        run.upload_file("f", "folder")


def test_what_might_never_end_is_refused(run):
    os.mkfifo("pipe")
    with pytest.raises(WrongValueError, match="no regular file"):
        run.upload_file("p", "pipe")
    with pytest.raises(WrongValueError, match="no regular file"):
        run.upload_file("p", "/dev/zero")


@pytest.mark.parametrize("path", ["missing.txt", "a\0b"], ids=["missing", "null"])
def test_a_file_that_is_not_there_is_told(run, path):
    with pytest.raises(RunFileNotFoundError, match="can't be uploaded"):
        run.upload_file("m", path)


def test_a_link_to_nowhere_is_a_file_that_is_not_there(run):
    Path("link").symlink_to("nowhere")
    with pytest.raises(RunFileNotFoundError, match="'link' can't be uploaded"):
        run.upload_file("m", "link")


def test_a_name_can_not_be_a_file_and_a_folder(run):
    run.upload_file("a/b", io.BytesIO(b"1"))
    with pytest.raises(WrongValueError, match="'a'.*there are files of the run under that name"):
        run.upload_file("a", io.BytesIO(b"2"))
    with pytest.raises(WrongValueError, match="'a/b' is a file of the run"):
        run.upload_file("a/b/c", io.BytesIO(b"3"))
    with pytest.raises(WrongValueError, match="'a/b' is a file of the run"):
        run.upload_file("a/b/c/d", io.BytesIO(b"3"))
    assert run.get_file_names() == ["a/b"]
    assert run.dropped == 0


def test_a_file_that_changes_once_while_it_is_read_is_read_again(run, monkeypatch):
    path = write("m.bin", "old" * 1000)
    changes = iter([lambda: write(path, "new" * 1000)])
    after_each_copy(run, monkeypatch, lambda: next(changes, bool)())  # noqa: PLW0108 - the next one each time
    run.upload_file("m.bin", path)
    assert read(run, "m.bin") == "new" * 1000


def test_a_file_that_never_rests_is_kept_as_it_was_read_at_last_and_this_is_told(run, monkeypatch, heard):
    path = write("growing.log", "line\n")
    times = after_each_copy(run, monkeypatch, lambda: write(path, path.read_text() + "line\n"))
    kept = run.upload_file("growing.log", path)
    assert len(times) == 3
    assert read(run, "growing.log") == "line\n" * 3
    assert kept.size == 15
    assert any("'growing.log' changed each time it was read" in message for message in heard.messages)
    assert len(list(run._backend.journal(run.id).events((11,)))) == 1


def after_each_copy(run, monkeypatch, change):
    """Do something between the copy of a file and the look whether it changed."""
    put_file, times = run._backend.put_file, []

    def put(*arguments):
        kept = put_file(*arguments)
        times.append(kept)
        change()
        return kept

    monkeypatch.setattr(run._backend, "put_file", put)
    return times


def test_a_datastore_is_told_of_once(run, heard):
    for _ in range(2):
        run.upload_file("a", io.BytesIO(b"1"), "elsewhere")
    run.upload_files(["b"], [io.BytesIO(b"1")], datastore_name="elsewhere")
    assert run.get_file_names() == ["a", "b"]
    assert len([message for message in heard.messages if "datastore_name='elsewhere'" in message]) == 1


# -- several files -----------------------------------------------------------------------------------------------------


def test_files_are_kept_under_their_names(run):
    kept = run.upload_files(["a", "b/c"], [write("1.txt", "one"), io.BytesIO(b"two")])
    assert [one.name for one in kept] == ["a", "b/c"]
    assert (read(run, "a"), read(run, "b/c")) == ("one", "two")
    assert run.upload_files([], []) == []


@pytest.mark.parametrize(
    ("names", "paths", "error", "told"),
    [
        (["a", "b"], ["1.txt"], WrongValueError, "2 names and 1 paths"),
        ("ab", ["1.txt", "1.txt"], WrongTypeError, "takes a list of names"),
        (["a"], "1.txt", WrongTypeError, "takes a list of paths"),
        (["a", "b"], ["1.txt", "missing"], RunFileNotFoundError, "'missing'"),
        (["a", "b"], ["1.txt", 3], WrongTypeError, "path or a stream"),
        (["a", "../b"], ["1.txt", "1.txt"], WrongValueError, "leads out of the run"),
        (["a", "./a"], ["1.txt", "1.txt"], WrongValueError, "'a' twice"),
        (["a/b", "a"], ["1.txt", "1.txt"], WrongValueError, "'a' can't be a file, and a folder with 'a/b'"),
    ],
)
def test_nothing_is_kept_where_one_of_several_can_not_be(run, names, paths, error, told):
    write("1.txt")
    with pytest.raises(error, match=told):
        run.upload_files(names, paths)
    assert run.get_file_names() == []


# -- folders -----------------------------------------------------------------------------------------------------------


def test_a_folder_is_kept_with_all_beneath_it(run):
    write("data/a.txt", "1")
    write("data/deep/er/ünïcode 文.txt", "2")
    Path("data/empty").mkdir()
    kept = run.upload_folder("kept/here", "data")
    assert [one.name for one in kept] == ["kept/here/a.txt", "kept/here/deep/er/ünïcode 文.txt"]
    assert elsewhere(run).get_file_names() == ["kept/here/a.txt", "kept/here/deep/er/ünïcode 文.txt"]


@pytest.mark.parametrize("name", ["", ".", "./"], ids=repr)
def test_a_folder_can_be_the_runs_own(run, name):
    write("data/a.txt")
    assert [one.name for one in run.upload_folder(name, "data")] == ["a.txt"]


def test_a_folder_without_files_leaves_nothing_and_says_so(run, heard):
    Path("data/empty").mkdir(parents=True)
    assert run.upload_folder("kept", "data") == []
    assert any("no files under data" in message for message in heard.messages)


def test_links_to_files_are_followed_and_links_to_folders_are_told_of(run, heard):
    write("elsewhere/big.txt")
    write("data/a.txt", "1")
    Path("data/b.txt").symlink_to("a.txt")
    Path("data/gone").symlink_to("nowhere")
    Path("data/away").symlink_to(Path("elsewhere").absolute(), target_is_directory=True)
    Path("data/loop").symlink_to(".", target_is_directory=True)  # what is there is kept under its own name
    os.mkfifo("data/pipe")
    assert [one.name for one in run.upload_folder("d", "data")] == ["d/a.txt", "d/b.txt"]
    told = "\n".join(heard.messages)
    for name, why in (
        ("away", "a link to a folder elsewhere"),
        ("gone", "a link to nothing"),
        ("pipe", "no regular file"),
    ):
        assert f"leaves out 'data/{name}': {why}" in told
    assert "loop" not in told
    assert run.dropped == 0


def test_the_workspace_itself_is_left_out(run):
    write("train.py", "pass")
    kept = run.upload_folder("code", ".")
    assert [one.name for one in kept] == ["code/train.py"]


def test_a_name_that_is_no_text_is_written_as_in_a_uri(run):
    Path("data").mkdir()
    Path(os.fsdecode(b"data/caf\xe9.txt")).write_text("x")
    assert [one.name for one in run.upload_folder("d", "data")] == ["d/caf%E9.txt"]


def test_of_two_names_that_become_alike_the_second_is_counted_and_the_others_are_kept(run, heard):
    Path("data/a").mkdir(parents=True)
    write("data/a/b.txt", "1")
    write("data/a\\b.txt", "2")
    write("data/z.txt", "3")
    assert [one.name for one in run.upload_folder("d", "data")] == ["d/a/b.txt", "d/z.txt"]
    assert run.dropped == 1
    assert any("'d/a/b.txt', is that of" in message for message in heard.messages)


@pytest.mark.parametrize(
    ("path", "error", "told"),
    [
        ("missing", RunFileNotFoundError, "no folder 'missing'"),
        ("file.txt", WrongValueError, r"use run\.upload_file"),
        (3, WrongTypeError, "the path of a folder"),
    ],
)
def test_what_is_no_folder_is_refused(run, path, error, told):
    write("file.txt")
    with pytest.raises(error, match=told):
        run.upload_folder("d", path)


def test_a_socket_is_no_file(run):
    Path("data").mkdir()
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("data/s")
        assert run.upload_folder("d", "data") == []


# -- downloads ---------------------------------------------------------------------------------------------------------


def test_a_file_is_written_under_its_last_part_or_where_it_is_told(full):
    assert full.download_file("run1/a.txt") == Path("a.txt")
    assert full.download_file("run1/a.txt", "deep/er/name.txt").read_text() == "run1/a.txt"
    Path("folder").mkdir()
    assert full.download_file("run1/a.txt", "folder") == Path("folder/a.txt")


def test_a_download_replaces_a_file_and_leaves_a_link_one(full):
    write("there.txt", "old")
    Path("link.txt").symlink_to("there.txt")
    full.download_file("run1/a.txt", "link.txt")
    assert Path("link.txt").is_symlink()
    assert Path("there.txt").read_text() == "run1/a.txt"
    assert sorted(path.name for path in Path().iterdir()) == [".runlog", "link.txt", "there.txt"]


def test_a_download_can_go_into_a_pipe_or_device(full):
    assert full.download_file("run1/a.txt", "/dev/null") == Path("/dev/null")
    assert not Path("/dev/null").is_file()


def test_a_file_that_the_run_does_not_have_is_told_with_those_it_has(full):
    with pytest.raises(RunFileNotFoundError, match=r"no file 'run2/a.txt'; it has 'run1.txt'"):
        full.download_file("run2/a.txt")


def test_a_damaged_file_is_found_where_that_is_asked_for_and_told_of_where_not(full, heard):
    stored(full, "run1/a.txt").write_text("damaged")
    write("mine.txt", "mine")
    with pytest.raises(JournalError, match=r"'run1/a\.txt' of run .* is damaged"):
        full.download_file("run1/a.txt", "mine.txt", _validate_checksum=True)
    assert Path("mine.txt").read_text() == "mine"
    assert full.download_file("run1/a.txt", "mine.txt").read_text() == "damaged"
    assert any("is not what was kept" in message for message in heard.messages)
    assert elsewhere(full).download_file("run1.txt", _validate_checksum=True).read_text() == "run1.txt"


def test_all_files_are_written_with_the_folders_of_their_names(full):
    paths = elsewhere(full).download_files(output_directory="out")
    assert under("out") == full.get_file_names()
    assert paths == [Path("out", name) for name in full.get_file_names()]
    assert Path("out/run1/deep/b.txt").read_text() == "run1/deep/b.txt"


def test_without_a_folder_files_go_to_the_current_one(full):
    full.download_files("run10")
    assert Path("run10/a.txt").read_text() == "run10/a.txt"


@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("run1", ["run1/a.txt", "run1/deep/b.txt"]),
        ("run1/", ["run1/a.txt", "run1/deep/b.txt"]),
        ("./run1/deep", ["run1/deep/b.txt"]),
        ("run1.txt", ["run1.txt"]),
        ("run1/d", ["run1/deep/b.txt"]),
        ("ru", ["run1.txt", "run1/a.txt", "run1/deep/b.txt", "run10/a.txt"]),
        (Path("run1/deep"), ["run1/deep/b.txt"]),
        ("", ["run1.txt", "run1/a.txt", "run1/deep/b.txt", "run10/a.txt"]),
        ("run2", []),
        ("run1/a.txt/", ["run1/a.txt"]),
    ],
)
def test_a_prefix_is_a_folder_a_file_or_else_the_beginning_of_names(full, prefix, names):
    full.download_files(prefix, "out")
    assert under("out") == names


@pytest.mark.parametrize(
    ("prefix", "paths"),
    [
        ("run1", ["a.txt", "deep/b.txt"]),
        ("run1/deep", ["b.txt"]),
        ("run1/d", ["deep/b.txt"]),
        ("run1/a.txt", ["a.txt"]),
        (None, ["run1.txt", "run1/a.txt", "run1/deep/b.txt", "run10/a.txt"]),
    ],
)
def test_the_prefix_can_be_left_out_of_the_paths(full, prefix, paths):
    full.download_files(prefix, "out", append_prefix=False)
    assert under("out") == paths


def test_paths_can_be_given_one_by_one(full):
    Path("folder").mkdir()
    paths = full.download_files("run1", output_paths=["x.txt", "folder"])
    assert paths == [Path("x.txt"), Path("folder/b.txt")]
    assert paths[0].read_text() == "run1/a.txt"


@pytest.mark.parametrize(
    ("paths", "error", "told"),
    [
        (["x"], WrongValueError, r"1 output_paths for 2 files \('run1/a.txt', 'run1/deep/b.txt'\)"),
        (["x", "x"], WrongValueError, "'x' twice"),
        ("xy", WrongTypeError, "a list of paths"),
    ],
)
def test_paths_that_do_not_fit_the_files_are_refused(full, paths, error, told):
    with pytest.raises(error, match=told):
        full.download_files("run1", output_paths=paths)


def test_a_prefix_is_a_text(full):
    with pytest.raises(WrongTypeError, match="prefix"):
        full.download_files(["run1"])


def test_a_name_that_leads_out_of_the_folder_is_not_written(run):
    """Such a name can only come from a journal that others made."""
    from runlog.records import FileKept

    run.upload_file("inside.txt", io.BytesIO(b"1"))
    run._recorder().write(FileKept(time=1, name="../outside.txt", size=1, sha256="0" * 64))
    run._recorder().write(FileKept(time=1, name="outside.txt", size=1, sha256="../../outside.txt"))
    assert run.download_files(output_directory="out") == [Path("out/inside.txt")]
    assert run.state().unreadable == 2
    assert not Path("outside.txt").exists()


def test_where_a_folder_stands_in_the_place_of_a_file_this_is_an_error(full):
    Path("out/run1.txt").mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        full.download_files(output_directory="out")
    assert not list(Path("out").glob(".*.tmp"))


# -- other processes ---------------------------------------------------------------------------------------------------


def test_files_of_a_killed_process_are_there(run_script, workspace):
    write("data/a.txt", "1")
    run_script(
        """
        import os, signal, runlog
        run = runlog.start("killed")
        run.upload_folder("d", "data")
        run.upload_files(["b"], ["data/a.txt"])
        os.kill(os.getpid(), signal.SIGKILL)
        """,
        check=False,
    )
    (run,) = workspace.runs()
    assert run.status == "Crashed"
    assert run.get_file_names() == ["b", "d/a.txt"]
    assert run.download_file("b", _validate_checksum=True).read_text() == "1"


def test_a_guest_keeps_files_with_a_live_run(run, run_script):
    run_script(f"""
        import io
        from runlog import Workspace
        Workspace.from_config().get_run({run.id!r}).upload_files(["guest/a"], [io.BytesIO(b"1")])
    """)
    assert run.get_file_names() == ["guest/a"]
    assert read(run, "guest/a") == "1"


def test_outputs_take_names_that_are_no_text(run_script, workspace):
    run_script("""
        import os, pathlib, runlog
        with runlog.start("outputs"):
            pathlib.Path("outputs").mkdir()
            pathlib.Path(os.fsdecode(b"outputs/caf\\xe9.txt")).write_text("x")
    """)
    (run,) = workspace.runs()
    assert run.get_file_names() == ["outputs/caf%E9.txt"]
