"""Whatever is in one place of one file: commands come to their end, and the other runs are read as before."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from runlog.cli.program import COMMANDS
from support.hostile.commands import CHANGING, OTHERS, READING, UNREAD, differences, in_words, started_caller
from support.hostile.drawing import rounds
from support.hostile.files import attacks, fresh_copy
from support.hostile.folders import answers_at_first, faults_of_server
from support.hostile.sample import make_full_sample
from support.hostile.values import TEXTS, drawn_values, hostile_values

pytestmark = pytest.mark.fuzz


@pytest.fixture(scope="module")
def caller(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    make_full_sample(folder)
    with started_caller(folder) as started:
        yield started


@cache
def others_of(caller):
    fresh_copy(caller.folder)
    return caller.answers_of_others()


@cache
def answers_of_server(caller):
    return answers_at_first(caller.folder)


@cache
def attacks_on(caller):
    fresh_copy(caller.folder)
    texts = [one for one in hostile_values(caller.folder / "canary" / "secret") if one.label in TEXTS]
    return attacks(caller.folder, texts)


@cache
def kinds_of(caller):
    """The attacks by the file that they are on, so that each file is drawn as often as any other."""
    found = {}
    for one in attacks_on(caller):
        found.setdefault(one.label.partition(":")[0], []).append(one)
    return found


@cache
def values_for(caller):
    return drawn_values(caller.folder / "canary" / "secret")


def drawn_attack(caller, data):
    kind = data.draw(st.sampled_from(sorted(kinds_of(caller))))
    attack = data.draw(st.sampled_from(kinds_of(caller)[kind]))
    hostile = data.draw(values_for(caller))
    note(f"{attack} <- {hostile}")
    fresh_copy(caller.folder)
    attack.do(caller.folder, hostile)
    return attack


def test_each_command_is_called_or_reads_no_run():
    assert {command[0] for command in READING + CHANGING} | UNREAD == set(COMMANDS)


def test_the_sample_is_read_without_a_fault(caller):
    fresh_copy(caller.folder)
    faults = {in_words(command): caller.runlog(*command).faults() for command in READING + CHANGING}
    assert {command: some for command, some in faults.items() if some} == {}
    assert caller.told() == []


@given(data=st.data())
@rounds(0.08)
def test_a_hostile_value_anywhere_in_a_file_harms_no_command_and_no_other_run(caller, data):
    before = others_of(caller)
    attack = drawn_attack(caller, data)
    commands = data.draw(st.lists(st.sampled_from(READING), min_size=2, max_size=2))
    for command in [*commands, data.draw(st.sampled_from(CHANGING))]:
        note(in_words(command))
        called = caller.runlog(*command)
        assert called.faults() + caller.told() == []
    if not attack.is_shared:
        others = data.draw(st.lists(st.sampled_from(OTHERS), min_size=2, max_size=2))
        assert list(differences(before, caller.answers_of_others(others))) == []
        assert caller.told() == []


@given(data=st.data())
@rounds(0.02)
def test_a_server_on_a_folder_with_a_hostile_value_goes_on_and_answers_of_the_others(caller, data):
    others = answers_of_server(caller)
    attack = drawn_attack(caller, data)
    assert faults_of_server(caller.folder, None if attack.is_shared else others) == []
