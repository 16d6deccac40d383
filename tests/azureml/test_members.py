"""The names of Azure ML SDK v1 exist with the same parameters in the same order, or the table says why not."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest
import yaml

import runlog

TABLE = yaml.safe_load(Path(__file__).with_name("members.yaml").read_text(encoding="utf-8"))
OWNERS = {"Run": runlog.Run, "Experiment": runlog.Experiment, "Workspace": runlog.Workspace, "module": runlog}
BY_NAME_IN_AZURE = {"start_logging": ("tags", "display_name", "description")}
"""Parameters that Azure ML takes among its **kwargs, so that their place does not count."""
BY_POSITION_ONLY = {"__enter__", "__exit__"}
"""Methods that nobody calls with these names."""


def members():
    for owner, lists in TABLE.items():
        for line in lists["members"]:
            yield pytest.param(owner, line, id=f"{owner}.{line.partition('(')[0].removesuffix(' =')}")


def methods():
    return [one for one in members() if "(" in one.values[1]]


def properties():
    return [one for one in members() if "(" not in one.values[1]]


def azure_parameters(line):
    """Name and parameters of a method in the table, without those that are Azure's own affair."""
    function = ast.parse(f"def {line}: pass").body[0]
    names = [argument.arg for argument in function.args.args if not argument.arg.startswith("_")]
    optional = {
        argument.arg for argument in function.args.args[len(function.args.args) - len(function.args.defaults) :]
    }
    return function.name, names, optional


def own_parameters(function):
    return {name: one for name, one in inspect.signature(function).parameters.items() if name != "self"}


@pytest.mark.parametrize(("owner", "line"), methods())
def test_a_method_has_azures_parameters_in_azures_order(owner, line):
    name, wanted, _ = azure_parameters(line)
    by_name = [one for one in wanted if one in BY_NAME_IN_AZURE.get(name, ())]
    wanted = [one for one in wanted if one not in by_name]
    own = own_parameters(getattr(OWNERS[owner], name))
    positional = [one for one, each in own.items() if each.kind is each.POSITIONAL_OR_KEYWORD]
    if name in BY_POSITION_ONLY:
        assert len(positional) >= len(wanted)
    else:
        assert positional[: len(wanted)] == wanted
    assert set(by_name) <= own.keys()


@pytest.mark.parametrize(("owner", "line"), methods())
def test_what_may_be_left_out_in_azure_may_be_left_out_here(owner, line):
    name, wanted, optional = azure_parameters(line)
    own = own_parameters(getattr(OWNERS[owner], name))
    needed = {
        one for one, each in own.items() if each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD
    }
    assert len(needed) <= len(wanted)
    assert needed & optional == set()


@pytest.mark.parametrize(("owner", "line"), methods())
def test_what_azure_has_not_comes_after_what_it_has(owner, line):
    """A parameter of ours never takes the place of one of Azure's in a call that was written for Azure ML."""
    name, wanted, _ = azure_parameters(line)
    own = own_parameters(getattr(OWNERS[owner], name))
    ours = [one for one, each in own.items() if one not in wanted and each.kind is each.POSITIONAL_OR_KEYWORD]
    if name not in BY_POSITION_ONLY:
        assert [one for one in ours if not one.startswith("_") and own[one].default is inspect.Parameter.empty] == []


@pytest.mark.parametrize(("owner", "line"), properties())
def test_a_property_is_there(owner, line, workspace):
    name, _, settable = line.partition(" =")
    experiment = runlog.Experiment(workspace, "members")
    with experiment.start_logging(capture_system=False) as run:
        held = {"Run": run, "Experiment": experiment, "Workspace": workspace}[owner]
        assert not callable(getattr(held, name))
        if "=" in line:
            setattr(held, name, f"set{settable}")
            assert getattr(held, name) == "set"


@pytest.mark.parametrize(
    ("owner", "name"), [(owner, name) for owner in TABLE for name in TABLE[owner].get("absent", ())]
)
def test_what_is_absent_is_absent_and_says_why(owner, name):
    """Once it is there, it belongs to the members."""
    assert len(TABLE[owner]["absent"][name]) > 10
    assert name == "__init__" or not hasattr(OWNERS[owner], name)


def test_no_name_stands_in_the_table_twice():
    for lists in TABLE.values():
        names = [line.partition("(")[0].removesuffix(" =") for line in lists["members"]] + list(lists.get("absent", ()))
        assert len(names) == len(set(names))
