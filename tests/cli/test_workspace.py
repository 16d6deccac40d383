"""`runlog workspace`."""

from __future__ import annotations

import stat

from runlog import Workspace


def test_create_makes_a_workspace_and_prints_its_place(call, own_folder):
    ended = call("workspace", "create", "study", "--folder", "data")
    assert ended.out == f"{own_folder / 'data' / '.runlog'}\n"
    assert Workspace.from_config("data").name == "study"


def test_it_is_called_as_its_folder_unless_told(call, own_folder):
    call("workspace", "create", "-f", "diabetes")
    assert Workspace.from_config("diabetes").name == "diabetes"


def test_one_that_is_there_is_left_alone(call, own_folder):
    call("workspace", "create", "first")
    ended = call("workspace", "create", "second")
    assert (ended.code, ended.out) == (1, "")
    assert "there is a workspace in" in ended.err
    assert call("workspace", "create", "second", "--exist-ok").code == 0
    assert Workspace.from_config().name == "first"


def test_shared_gives_the_group_its_folders(call, own_folder):
    assert call("workspace", "create", "team", "--shared").code == 0
    for folder in (own_folder / ".runlog", own_folder / ".runlog" / "runs"):
        assert stat.S_IMODE(folder.stat().st_mode) & 0o2070 == 0o2070
