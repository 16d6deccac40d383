"""What `run.log_params` takes, and in which form it is kept."""

from __future__ import annotations

import argparse
import array
import collections
import configparser
import dataclasses
import enum
import functools
import json
import math
import re
import types
import uuid
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath
from typing import NamedTuple

import attrs
import msgspec
import numpy as np
import pandas as pd
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

import runlog
from runlog.errors import WrongTypeError, WrongValueError
from runlog.parameters import plain_params
from runlog.values import decode_cell

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("abc"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=8,
)


def kept(params):
    """The parameters as they are kept; nothing about them is to be told."""
    changes = []
    converted = plain_params(params, changes)
    assert changes == []
    return converted


def kept_and_told(params):
    changes = []
    return plain_params(params, changes), changes


# -- scalars -----------------------------------------------------------------------------------------------------------


def test_a_scalar_keeps_its_type():
    params = {"alpha": 0.4, "seed": 0, "shuffle": True, "solver": "auto", "cap": None}
    found = kept(params)
    assert found == params
    assert type(found["seed"]) is int
    assert type(found["shuffle"]) is bool


def test_numpy_values_arrays_with_one_element_decimals_and_fractions_are_taken():
    found = kept({"lr": np.float32(0.5), "n": np.array([3]), "price": Decimal("1.10"), "third": Fraction(1, 3)})
    assert (found["lr"], found["n"]) == (0.5, 3)
    assert str(decode_cell(found["price"])) == "1.10"
    assert decode_cell(found["third"]) == Fraction(1, 3)


# -- what is nested ----------------------------------------------------------------------------------------------------


def test_a_mapping_inside_becomes_names_with_dots():
    params = {"opt": collections.OrderedDict(name="adam", betas={"first": 0.9}), "layers": {0: 128}, "none": {}}
    assert kept(params) == {"opt.name": "adam", "opt.betas.first": 0.9, "layers.0": 128, "none": "{}"}


@given(st.lists(JSON, max_size=4))
def test_a_list_is_json(values):
    assert json.loads(kept({"p": values})["p"]) == values


def test_a_list_of_numbers_reads_as_python_writes_it():
    assert kept({"layers": [64, 32]}) == {"layers": str([64, 32])}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((0.9, 0.999), "[0.9, 0.999]"),
        ({"b", "a"}, '["a", "b"]'),
        (frozenset({2, 1, "a"}), '[1, 2, "a"]'),
        (range(3), "[0, 1, 2]"),
        (collections.deque([1]), "[1]"),
        (array.array("d", [1]), "[1.0]"),
        ({"a": 1}.keys(), '["a"]'),
        (np.array([1, 2]), "[1, 2]"),
        (np.eye(2, dtype=int), "[[1, 0], [0, 1]]"),
        (np.array(["2026-01-31", "NaT"], "M8[D]"), '["2026-01-31", null]'),
        (pd.Series([1.5, None]), '[1.5, "NaN"]'),
        (pd.Index(["a", "b"]), '["a", "b"]'),
        ([1, [2, {"b": (3,)}]], '[1, [2, {"b": [3]}]]'),
        ([PurePosixPath("y"), Decimal("1.10"), None], '["y", "1.10", null]'),
        ([math.nan, -math.inf, 10**30], f'["NaN", "-Infinity", "{10**30}"]'),
        (["grün"], '["grün"]'),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_is_a_list_of_values_is_valid_json(value, text):
    assert kept({"p": value}) == {"p": text}
    json.loads(text, parse_constant=pytest.fail)


def test_equal_sets_are_equal_parameters_in_each_process(run_script):
    code = "from runlog.parameters import plain_params; print(plain_params({'p': {'b', 'a', 'c', 'd'}}, []))"
    printed = {run_script(code, env={"PYTHONHASHSEED": str(seed)}).stdout for seed in range(3)}
    assert printed == {'{\'p\': \'["a", "b", "c", "d"]\'}\n'}


# -- configuration objects ---------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Optimizer:
    lr: float = 0.1
    betas: tuple[float, float] = (0.9, 0.999)


@dataclasses.dataclass
class Training:
    data: PurePosixPath = dataclasses.field(default_factory=lambda: PurePosixPath("/d"))
    opt: Optimizer = dataclasses.field(default_factory=Optimizer)


@attrs.define
class Attrs:
    lr: float = 0.1
    layers: list[int] = attrs.field(factory=lambda: [64, 64])


class Struct(msgspec.Struct):
    lr: float = 0.1


class Model(pydantic.BaseModel):
    lr: float = 0.1
    path: PurePosixPath = PurePosixPath("/d")
    password: pydantic.SecretStr = pydantic.SecretStr("hunter2")


class Pretrained:
    """As configurations of transformers are."""

    def to_dict(self):
        return {"hidden_size": 768, "id2label": {0: "no", 1: "yes"}}


class Pair(NamedTuple):
    first: int
    second: dict[str, int]


@pytest.mark.parametrize(
    ("config", "names"),
    [
        (Training(), {"data": "/d", "opt.lr": 0.1, "opt.betas": "[0.9, 0.999]"}),
        (Attrs(), {"lr": 0.1, "layers": "[64, 64]"}),
        (Struct(), {"lr": 0.1}),
        (Model(), {"lr": 0.1, "path": "/d", "password": "**********"}),
        (Pretrained(), {"hidden_size": 768, "id2label.0": "no", "id2label.1": "yes"}),
        (Pair(1, {"a": 2}), {"first": 1, "second.a": 2}),
        (argparse.Namespace(data=PurePosixPath("x"), sizes=[1]), {"data": "x", "sizes": "[1]"}),
        (types.SimpleNamespace(a=types.SimpleNamespace(b=1)), {"a.b": 1}),
        (types.MappingProxyType({"a": 1}), {"a": 1}),
        (collections.ChainMap({"a": 1}, {"b": 2}), {"b": 2, "a": 1}),
        (OmegaConf.structured(Optimizer), {"lr": 0.1, "betas": "[0.9, 0.999]"}),
        (
            OmegaConf.create({"opt": {"lr": 0.1}, "lr": "${opt.lr}", "layers": [64, {"units": 1}]}),
            {"opt.lr": 0.1, "lr": 0.1, "layers": '[64, {"units": 1}]'},
        ),
    ],
    ids=lambda config: type(config).__name__,
)
def test_a_configuration_object_is_its_fields_at_the_top_and_inside(config, names):
    assert kept(config) == names
    assert kept({"config": config}) == {f"config.{name}": value for name, value in names.items()}
    assert list(json.loads(kept({"configs": [config]})["configs"])[0]) == list(
        dict.fromkeys(n.split(".")[0] for n in names)
    )


def test_what_a_configuration_refers_to_and_lacks_is_kept_as_it_is_written():
    config = OmegaConf.create(
        {"data": "${root}/x", "seed": "???", "env": "${oc.env:NO_SUCH}", "lr": 0.1, "l": ["${no}"]}
    )
    assert kept(config) == {
        "data": "${root}/x",
        "seed": "???",
        "env": "${oc.env:NO_SUCH}",
        "lr": 0.1,
        "l": '["[can\'t be read: InterpolationKeyError]"]',
    }


def test_sections_of_an_ini_file_are_parameters_too():
    parser = configparser.ConfigParser()
    parser.read_string("[opt]\nlr = 0.1\nroot = %(nowhere)s\n")
    assert kept(parser) == {
        "DEFAULT": "{}",
        "opt.lr": "0.1",
        "opt.root": "[can't be read: InterpolationMissingOptionError]",
    }


# -- what is neither scalar nor nested ---------------------------------------------------------------------------------


class Colour(enum.Enum):
    RED = 1
    BLUE = (0, 0, 255)


class Estimator:
    def __str__(self):
        return "Estimator(depth=3)"


class Broken:
    def __str__(self):
        raise ValueError("no text")


def train(): ...


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (PurePosixPath("/d/x"), "/d/x"),
        (Colour.RED, 1),
        (Colour.BLUE, "BLUE"),
        (np.dtype("float32"), "float32"),
        (np.float32, "numpy.float32"),
        (int, "int"),
        (Estimator, f"{__name__}.Estimator"),
        (train, f"{__name__}.train"),
        (len, "len"),
        (functools.partial(train, 1, lr=0.1), f"{__name__}.train(1, lr=0.1)"),
        (json, "json"),
        (re.compile("a+"), "a+"),
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (1 + 2j, "(1+2j)"),
        (b"x\xff", "x\\xff"),
        (Estimator(), "Estimator(depth=3)"),
        (object(), "<object object>"),
        ((number for number in ()), "<generator object <genexpr>>"),
        (Broken(), "<Broken, whose text raises ValueError>"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_anything_else_is_its_text_without_places_in_memory(value, text):
    assert kept({"p": value}) == {"p": text}
    assert kept({"p": {"q": value}}) == {"p.q": text}
    assert json.loads(kept({"p": [value]})["p"]) == [text]


# -- too much ----------------------------------------------------------------------------------------------------------


def test_parameters_that_contain_themselves_end_where_they_begin_again_and_this_is_told():
    inner = [1]
    inner.append(inner)
    outer = {"x": inner}
    outer["self"] = outer
    found, told = kept_and_told(outer)
    assert found == {"x": '[1, "..."]', "self": "..."}
    assert told == ["the parameter 'x': it contains itself", "the parameter 'self': it contains itself"]


@pytest.mark.parametrize("nest", [lambda inner: [inner], lambda inner: {"a": inner}], ids=["lists", "mappings"])
def test_what_is_nested_too_deeply_is_cut_and_told(nest):
    value = 1
    for _ in range(5000):
        value = nest(value)
    found, (told,) = kept_and_told({"p": value})
    assert "..." in next(iter(found.values()))
    assert "more deeply than 32 levels was left out" in told


def test_of_a_data_set_among_the_parameters_the_type_is_kept_and_the_others_whole():
    params = {"range": range(10**12), "data": np.zeros((1000, 1000)), "items": list(range(100_001)), "layers": [64, 64]}
    found, told = kept_and_told(params)
    assert found == {
        "range": "range(0, 1000000000000)",
        "data": "numpy.ndarray of shape (1000, 1000)",
        "items": "list of 100,001 items",
        "layers": "[64, 64]",
    }
    assert len(told) == 3


def test_two_names_that_become_one_are_told_of():
    found, told = kept_and_told({"a.b": 1, "a": {"b": 2}})
    assert found == {"a.b": 2}
    assert told == ["two parameters of one call are called 'a.b': the later one is kept"]


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params",
    [None, 5, [("a", 1)], "a=1", np.zeros(2), object(), dict, pd.DataFrame({"a": [1]})],
    ids=lambda p: type(p).__name__,
)
def test_parameters_that_are_no_names_with_values_are_refused(params):
    with pytest.raises(WrongTypeError, match="takes a mapping of names to values or a configuration object"):
        kept(params)


def test_an_outermost_name_that_is_no_text_or_empty_is_refused():
    with pytest.raises(WrongTypeError, match="parameter name must be a str"):
        kept({1: 2})
    with pytest.raises(WrongValueError, match="is empty"):
        kept({" ": {"a": 1}})


# -- as a run keeps them -----------------------------------------------------------------------------------------------


def test_nested_parameters_can_be_asked_for_by_their_names_with_dots(workspace):
    with runlog.Experiment(workspace, "e").start_logging() as run:
        run.log_params({"opt": Optimizer(), "data": [PurePosixPath("a")]})
    assert run.params == {"opt.lr": 0.1, "opt.betas": "[0.9, 0.999]", "data": '["a"]'}
    assert [found.id for found in workspace.runs("params.opt.lr < 0.2 and params.data like '%a%'")] == [run.id]
    assert len(workspace.runs("params.opt.lr > 0.2")) == 0


def test_a_secret_is_hidden_however_deep_it_lies(workspace):
    with runlog.Experiment(workspace, "e").start_logging() as run:
        run.log_params({"db": {"password": "x1y2z3w4q"}, "users": [{"api_key": "abc123456x"}]})
    assert run.params == {"db.password": "[redacted]", "users": '[{"api_key": "[redacted]"}]'}


def test_parameters_that_are_refused_leave_nothing(workspace):
    with runlog.Experiment(workspace, "e").start_logging() as run:
        with pytest.raises(WrongTypeError):
            run.log_params({"lr": 0.1, 5: 1})
        assert run.params == {}


def test_parameters_that_an_earlier_version_kept_as_pythons_repr_are_read(workspace):
    from runlog.journal import clock
    from runlog.records import ParamsSet

    with runlog.Experiment(workspace, "e").start_logging() as run:
        run._recorder().write(ParamsSet(time=clock.now(), values={"opt": "{'lr': 0.1}", "layers": "[64, 32]"}))
    assert run.params == {"opt": "{'lr': 0.1}", "layers": "[64, 32]"}
    assert len(workspace.runs("params.layers = '[64, 32]'")) == 1


def test_a_long_text_is_cut_and_told(workspace, heard):
    with runlog.Experiment(workspace, "e").start_logging() as run:
        run.log_params({"prompt": "x" * 9_000})
    assert len(run.params["prompt"]) == 8_000
    assert any("'prompt': it has 9000 characters and was cut to 8000" in one for one in heard.messages)


@pytest.mark.parametrize("value", [object(), Broken(), [1], {"a": (1,)}, 10**6_000], ids=lambda v: type(v).__name__)
def test_a_tag_takes_any_value_as_its_text(workspace, value):
    with runlog.Experiment(workspace, "e").start_logging(tags={"first": value}) as run:
        run.tag("second", value)
        run.add_properties({"third": value})
    assert run.tags["first"] == run.tags["second"] == run.properties["third"]
    assert " at 0x" not in run.tags["first"]
