"""What `run.log_params` and `run.tag` take and keep."""

from __future__ import annotations

import json
from collections import OrderedDict
from decimal import Decimal
from pathlib import PurePosixPath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlog.errors import WrongTypeError, WrongValueError
from runlog.parameters import convert_params, convert_tag
from runlog.values import decode_cell

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("abc"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=8,
)


def test_a_scalar_keeps_its_type():
    params = {"alpha": 0.4, "seed": 0, "shuffle": True, "solver": "auto", "cap": None}
    kept = convert_params(params)
    assert kept == params
    assert type(kept["seed"]) is int
    assert type(kept["shuffle"]) is bool


def test_numpy_values_and_decimals_are_taken():
    kept = convert_params({"lr": np.float32(0.5), "n": np.int64(3), "price": Decimal("1.10")})
    assert (kept["lr"], kept["n"]) == (0.5, 3)
    assert str(decode_cell(kept["price"])) == "1.10"


def test_a_configuration_inside_becomes_keys_with_dots():
    params = {"opt": OrderedDict(name="adam", betas={"first": 0.9}), "layers": {0: 128}}
    assert convert_params(params) == {"opt.name": "adam", "opt.betas.first": 0.9, "layers.0": 128}


@given(st.lists(JSON, max_size=4))
def test_a_list_is_json_text(values):
    assert json.loads(convert_params({"p": values})["p"]) == values


def test_a_tuple_an_array_and_a_set_are_json_lists():
    params = {"betas": (0.9, 0.999), "sizes": np.array([1, 2]), "names": {"b", "a"}, "none": {}}
    assert convert_params(params) == {"betas": "[0.9,0.999]", "sizes": "[1,2]", "names": '["a","b"]', "none": "{}"}


def test_a_path_is_its_text():
    assert convert_params({"data": PurePosixPath("/d/x"), "more": [PurePosixPath("y")]}) == {
        "data": "/d/x",
        "more": '["y"]',
    }


def test_a_long_text_is_cut_and_told():
    changes = []
    kept = convert_params({"prompt": "x" * 9_000}, changes=changes)
    assert len(kept["prompt"]) == 8_000
    assert changes == ["parameter 'prompt': it has 9000 characters and was cut to 8000"]


@pytest.mark.parametrize("value", [object(), len, b"x", 1j, [object()]], ids=lambda value: type(value).__name__)
def test_what_is_no_parameter_is_refused_with_its_name(value):
    with pytest.raises(WrongTypeError, match=r"parameter 'opt\.x'"):
        convert_params({"opt": {"x": value}})


@pytest.mark.parametrize("params", [None, [("a", 1)], "a=1"], ids=lambda params: type(params).__name__)
def test_parameters_that_are_no_mapping_are_refused(params):
    with pytest.raises(WrongTypeError, match="takes a mapping"):
        convert_params(params)


def test_a_parameter_name_that_is_no_text_is_refused():
    with pytest.raises(WrongTypeError, match="parameter name must be a str"):
        convert_params({1: 2})


def test_parameters_that_contain_themselves_are_a_wrong_value():
    inner = []
    inner.append(inner)
    outer = {}
    outer["self"] = outer
    for params in ({"x": inner}, outer):
        with pytest.raises(WrongValueError, match="contain themselves"):
            convert_params(params)


@pytest.mark.parametrize(
    ("value", "kept"),
    [("vision", "vision"), (3, "3"), (0.5, "0.5"), (True, "True"), (None, None), (10**30, str(10**30))],
)
def test_a_tags_value_is_a_text(value, kept):
    assert convert_tag(" team ", value) == ("team", kept)


def test_a_long_tag_is_cut_and_told():
    changes = []
    key, value = convert_tag("k" * 300, "v" * 9_000, changes=changes)
    assert (len(key), len(value)) == (255, 8_000)
    assert len(changes) == 2


@pytest.mark.parametrize("value", [[1], {}, object()], ids=lambda value: type(value).__name__)
def test_a_tags_value_that_is_no_scalar_is_refused(value):
    with pytest.raises(WrongTypeError, match="value of tag 'k'"):
        convert_tag("k", value)
