"""Tags, properties, name and description of a run, set here, by a guest, and after the end."""

from __future__ import annotations

import logging

import pytest

from runlog import Experiment, RunContextFilter, Workspace
from runlog.errors import RunStateError, WrongTypeError, WrongValueError


@pytest.fixture
def run(workspace):
    return Experiment(workspace, "labels").start_logging(display_name="first", outputs=False, tags={"team": "vision"})


def elsewhere(run):
    return Workspace(run.experiment.workspace.location).get_run(run.id)


def test_tags_are_set_changed_and_taken_away(run):
    run.set_tags({"a": 1, "b": None})
    run.tag("team", "sound")
    assert run.get_tags() == run.tags == {"team": "sound", "a": "1", "b": None}
    run.remove_tags(["a", "b", "never there"])
    assert elsewhere(run).get_tags() == {"team": "sound"}
    run.tag("a", 2)
    assert elsewhere(run).tags == {"team": "sound", "a": "2"}


def test_a_guest_takes_a_tag_away(run_script, run):
    run_script(f"""
        from runlog import Workspace
        Workspace.from_config().get_run({run.id!r}).remove_tags(["team"])
    """)
    assert run.tags == {}


def test_removing_no_tags_writes_nothing(run):
    run.remove_tags([])
    assert run.tags == {"team": "vision"}


@pytest.mark.parametrize("tags", ["team", b"team", None, 3], ids=repr)
def test_tags_to_remove_are_a_list(run, tags):
    with pytest.raises(WrongTypeError, match="takes a list of keys"):
        run.remove_tags(tags)
    assert run.tags == {"team": "vision"}


def test_tags_are_a_mapping(run):
    with pytest.raises(WrongTypeError, match="mapping"):
        run.set_tags("team")


def test_properties_are_added_and_kept(run):
    run.add_properties({"commit": "abc", "build": 7})
    run.add_properties({"site": "x"})
    run.add_properties({})
    assert run.get_properties() == run.properties == {"commit": "abc", "build": "7", "site": "x"}
    run.complete()
    assert elsewhere(run).properties == {"commit": "abc", "build": "7", "site": "x"}


def test_a_property_can_not_be_changed_and_nothing_else_of_the_call_is_kept(run):
    run.add_properties({"commit": "abc"})
    with pytest.raises(RunStateError, match=r"'commit' .* is 'abc' and can't become 'def'"):
        run.add_properties({"new": 1, "commit": "def"})
    assert elsewhere(run).properties == {"commit": "abc"}
    with pytest.raises(RunStateError, match="commit"):
        elsewhere(run).add_properties({"commit": "def"})


def test_the_same_property_may_be_added_again(run):
    run.add_properties({"commit": "abc", "long": "x" * 10_000})
    run.add_properties({"commit": "abc", "long": "x" * 10_000, "more": None})
    assert run.properties["commit"] == "abc"
    assert run.properties["more"] is None


def test_of_two_processes_that_add_a_property_at_once_the_first_one_counts(run, run_script):
    """Neither could see the other's; readers decide."""
    from runlog.records import PropertiesSet

    run.add_properties({"commit": "abc"})
    later = run._recorder().writer
    run._recorder().write(PropertiesSet(time=2**62, values={"commit": "def", "other": "1"}))
    assert later is run._writer
    assert run.properties == {"commit": "abc", "other": "1"}


@pytest.mark.parametrize("properties", ["a", ["a"], None], ids=repr)
def test_properties_are_a_mapping(run, properties):
    with pytest.raises(WrongTypeError, match="takes a mapping"):
        run.add_properties(properties)


def test_a_run_is_renamed_for_every_process(run, run_script):
    assert run.display_name == "first"
    run.display_name = "second"
    assert (run.display_name, run.name, elsewhere(run).display_name) == ("second", "second", "second")
    run_script(f"""
        from runlog import Workspace
        run = Workspace.from_config().get_run({run.id!r})
        assert run.display_name == "second"
        run.display_name = "third"
    """)
    assert run.display_name == "third"
    assert run.experiment.workspace.get_run("third") == run


def test_records_carry_the_new_name(run):
    def run_name():
        record = logging.makeLogRecord({})
        RunContextFilter().filter(record)
        return record.run_name

    assert run_name() == "first"
    run.display_name = "second"
    assert run_name() == "second"


@pytest.mark.parametrize(("name", "error"), [("", WrongValueError), ("  ", WrongValueError), (None, WrongTypeError)])
def test_a_name_is_a_text_that_can_be_seen(run, name, error):
    with pytest.raises(error, match="display name"):
        run.display_name = name
    assert run.display_name == "first"


def test_a_long_name_is_cut(run):
    run.display_name = "n" * 300
    assert len(elsewhere(run).display_name) == 256


def test_a_description_is_set_changed_and_taken_away(run):
    assert run.description == ""
    run.description = "a try"
    assert elsewhere(run).description == "a try"
    assert run.display_name == "first"
    run.description = None
    assert elsewhere(run).description == ""
    with pytest.raises(WrongTypeError, match="description"):
        run.description = 3


def test_labels_are_set_after_the_end(run):
    run.complete()
    other = elsewhere(run)
    other.display_name = "afterwards"
    other.tag("reviewed")
    other.add_properties({"accepted": "yes"})
    assert (run.status, run.display_name) == ("Completed", "afterwards")
    assert run.tags == {"team": "vision", "reviewed": None}
    assert run.properties == {"accepted": "yes"}


def test_a_resumed_run_keeps_its_labels(run, workspace):
    run.display_name = "second"
    run.description = "a try"
    run.add_properties({"commit": "abc"})
    run.complete()
    with Experiment(workspace, "labels").start_logging(run_id=run.id, resume="must", outputs=False) as again:
        assert (again.display_name, again.description) == ("second", "a try")
        assert again.properties == {"commit": "abc"}
        assert again.tags == {"team": "vision"}


def test_labels_survive_the_kill_of_their_process(run_script, workspace):
    run_script(
        """
        import os, signal, runlog
        run = runlog.start("killed", tags={"a": 1})
        run.remove_tags(["a"])
        run.add_properties({"commit": "abc"})
        run.display_name, run.description = "renamed", "told"
        os.kill(os.getpid(), signal.SIGKILL)
        """,
        check=False,
    )
    (run,) = workspace.runs()
    assert (run.status, run.display_name, run.description) == ("Crashed", "renamed", "told")
    assert (run.tags, run.properties) == ({}, {"commit": "abc"})


def test_where_nothing_can_be_written_a_started_run_still_has_its_name(own_folder):
    (own_folder / "full").write_text("no folder")
    run = Experiment(Workspace(own_folder / "full" / ".runlog"), "x").start_logging(display_name="mine", outputs=False)
    assert run.display_name == "mine"
    run.cancel()
