"""Arrays, frames and scalars of packages that runlog knows by what their classes document, where they are installed."""

from __future__ import annotations

import decimal
import math
from datetime import date, datetime, timezone

import numpy as np
import pandas as pd
import pytest

import runlog
from runlog.errors import WrongTypeError
from runlog.images import load_image
from runlog.journal.format import PointKind
from runlog.media.histograms import decode_histogram, load_histogram
from runlog.tables import convert_table
from runlog.values import ScalarPoint, convert_cell, convert_list, convert_scalar, convert_step, decode_cell

REGISTERED = ("bfloat16", "float8_e4m3fn", "float8_e5m2", "int4", "uint4")
"""Types that ml_dtypes adds to numpy, as JAX has them."""


def cell(value):
    return decode_cell(convert_cell("here", value))


def histogram(values):
    found = decode_histogram(load_histogram(values, None, None, 4)().data)
    return sum(found.counts), found.min, found.max


# -- pyarrow -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def pa():
    return pytest.importorskip("pyarrow")


def test_scalars_of_pyarrow_are_pythons(pa):
    moment = datetime(2026, 1, 31, 13, 5, tzinfo=timezone.utc)
    assert convert_scalar("n", pa.scalar(3)) == ScalarPoint(PointKind.INT, 3)
    assert convert_step(pa.scalar(3)) == 3
    assert [cell(pa.scalar(one)) for one in (1.5, True, "x", None, moment)] == [1.5, True, "x", None, moment]
    assert cell(pa.scalar(decimal.Decimal("1.10"))) == decimal.Decimal("1.10")
    with pytest.raises(WrongTypeError, match="the list"):
        convert_scalar("n", pa.scalar([1, 2]))


def test_arrays_of_pyarrow_are_lists(pa):
    assert convert_list("n", pa.array([1, None, 3])) == [1, None, 3]
    assert convert_list("n", pa.chunked_array([["a"], ["b"]])) == ["a", "b"]
    assert histogram(pa.array([1.0, 2.0])) == (2, 1.0, 2.0)


def test_a_table_of_pyarrow_is_its_columns(pa):
    table = pa.table([pa.array([1, 2]), pa.array(["x", None]), pa.array([3, 4])], names=["a", "b", "a"])
    assert convert_table("t", table) == {"a": [1, 2], "b": ["x", None], "a (2)": [3, 4]}
    assert convert_table("t", pa.record_batch({"a": [1]})) == {"a": [1]}


# -- polars ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def pl():
    return pytest.importorskip("polars")


def test_a_series_of_polars_is_a_list_or_with_one_element_a_scalar(pl):
    assert convert_list("n", pl.Series([1, None])) == [1, None]
    assert convert_list("n", pl.Series(["a"])) == ["a"]
    assert [decode_cell(one) for one in convert_list("n", pl.Series([date(2026, 1, 31)]))] == [date(2026, 1, 31)]
    assert convert_scalar("n", pl.Series([1.5])) == ScalarPoint(PointKind.FLOAT, 1.5)
    assert histogram(pl.Series([1.0, 2.0])) == (2, 1.0, 2.0)


def test_a_frame_of_polars_is_its_columns_and_a_lazy_one_is_to_be_collected(pl):
    frame = pl.DataFrame({"a": [1, 2], "b": ["x", None]})
    assert convert_table("t", frame) == {"a": [1, 2], "b": ["x", None]}
    with pytest.raises(WrongTypeError, match=r"value\.collect\(\)"):
        convert_table("t", frame.lazy())
    with pytest.raises(WrongTypeError, match="takes a list of values"):
        convert_list("n", frame.lazy())


# -- types that numpy does not have ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", REGISTERED)
def test_arrays_of_a_type_that_a_package_adds_to_numpy_are_taken_everywhere(name, workspace):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    ones = np.ones((4, 4), getattr(ml_dtypes, name))
    is_whole = name.startswith(("int", "uint"))
    assert convert_scalar("n", ones[0, 0]).value == 1
    assert convert_list("n", ones[0]) == [1, 1, 1, 1]
    assert convert_table("t", ones[:2, :2]) == {"0": [1, 1], "1": [1, 1]}
    assert histogram(ones) == (16, 1.0, 1.0)
    assert histogram([ones[0, 0]]) == (1, 1.0, 1.0)
    assert (load_image(image=ones).width, load_image(image=ones).changed) == (4, None)
    with runlog.Experiment(workspace, "e").start_logging() as run:
        run.log_params({"p": ones[0]})
        if is_whole:
            run.log_image("masked", image=np.zeros((4, 4)), masks={"m": ones})
        else:
            run.log_audio("sound", ones[0], 8000)
    assert run.params == {"p": "[1, 1, 1, 1]" if is_whole else "[1.0, 1.0, 1.0, 1.0]"}
    assert len(run.get_metrics()) == 1


def test_arrays_of_jax_are_taken_whatever_their_type():
    jnp = pytest.importorskip("jax.numpy")
    for dtype in (jnp.float32, jnp.bfloat16, jnp.float8_e4m3fn, jnp.int4):
        assert convert_scalar("n", jnp.ones((), dtype)).value == 1
        assert convert_list("n", jnp.ones(3, dtype)) == [1, 1, 1]
        assert histogram(jnp.ones((2, 2), dtype)) == (4, 1.0, 1.0)
        assert load_image(image=jnp.ones((2, 2), dtype)).width == 2


@pytest.mark.filterwarnings("ignore:.*quantized tensor creation")
def test_tensors_of_torch_are_taken_however_they_are_laid_out():
    torch = pytest.importorskip("torch")
    ones = torch.ones(3)
    kinds = [
        ones,
        ones.to(torch.bfloat16),
        ones.to(torch.float8_e4m3fn),
        torch.nn.Parameter(ones),
        ones.to_sparse(),
        torch.quantize_per_tensor(ones, 0.1, 0, torch.qint8),
        torch.complex(torch.zeros(3), -ones).conj().imag,
    ]
    for tensor in kinds:
        assert convert_list("n", tensor) == pytest.approx([1, 1, 1])
        assert histogram(tensor) == (3, pytest.approx(1), pytest.approx(1))
    with pytest.raises(WrongTypeError, match="can't be read"):
        convert_list("n", torch.empty(2, device="meta"))


# -- pandas ------------------------------------------------------------------------------------------------------------


def test_periods_and_intervals_of_pandas_are_their_texts():
    frame = pd.DataFrame({"when": pd.period_range("2026-01", periods=2, freq="M"), "n": [1, 2]})
    assert convert_table("t", frame) == {"when": ["2026-01", "2026-02"], "n": [1, 2]}
    counts = pd.Series(pd.cut([1, 2, 9], [0, 5, 10])).value_counts()
    assert convert_table("t", counts.to_frame()) == {"index": ["(0, 5]", "(5, 10]"], "count": [2, 1]}


def test_a_class_that_has_items_and_does_not_give_them_one_by_one_is_no_list():
    class Lazy:
        def __getitem__(self, key):
            raise TypeError("not subscriptable")

    with pytest.raises(WrongTypeError, match="takes a list of values"):
        convert_list("n", Lazy())


def test_a_class_with_a_length_and_items_is_a_list():
    class Dataset:
        def __len__(self):
            return 2

        def __getitem__(self, place):
            return (1.0, math.inf)[place]

    assert convert_list("n", Dataset()) == [1.0, math.inf]
