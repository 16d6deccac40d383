"""What `run.log` takes as a value, and what it keeps of it."""

from __future__ import annotations

import copy
import decimal
import enum
import math
import pickle
import sys
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlog import exact
from runlog.errors import WrongTypeError
from runlog.journal.format import PointKind
from runlog.values import ScalarPoint, ScalarText, convert_scalar

FLOAT, INT, UINT, BOOL, GAP = PointKind.FLOAT, PointKind.INT, PointKind.UINT, PointKind.BOOL, PointKind.GAP


def read_back(converted):
    return exact.from_text(converted.type, converted.text)


def exactly(value):
    """A value with its type, since 1 == 1.0 == True."""
    return type(value), value


@given(st.integers(-(2**63), 2**63 - 1))
def test_an_int_of_64_bits_is_an_int_point(value):
    assert convert_scalar("n", value) == ScalarPoint(INT, value)


@given(st.integers(2**63, 2**64 - 1))
def test_an_int_that_needs_the_64th_bit_is_a_uint_point(value):
    assert convert_scalar("n", value) == ScalarPoint(UINT, value)


@given(st.integers().filter(lambda n: not -(2**63) <= n < 2**64) | st.integers(64, 20_000).map(lambda n: -(7**n)))
def test_a_larger_int_is_exact_text(value):
    converted = convert_scalar("n", value)
    assert converted.type == "int"
    assert read_back(converted) == value
    assert isinstance(read_back(converted), int)


def test_an_int_that_python_refuses_to_write_in_digits_can_be_printed_when_it_is_read_back():
    read = read_back(convert_scalar("n", -(10**10_000)))
    assert str(read) == repr(read) == f"{read}" == hex(-(10**10_000))
    assert pickle.loads(pickle.dumps(read)) == copy.deepcopy(read) == read == -(10**10_000)


def test_a_fraction_that_python_refuses_to_write_in_digits_comes_back_as_its_text():
    assert read_back(convert_scalar("n", Fraction(10**10_000, 3))) == f"{hex(10**10_000)}/3"


@given(st.integers(2**64, 10**300))
def test_a_larger_int_has_the_nearest_float_beside_it(value):
    assert convert_scalar("n", value).approx == float(value)


@pytest.mark.parametrize(
    "value", [10**400, Decimal("1e400"), Decimal("-1e400"), Fraction(10**400), Fraction(-(10**400))]
)
def test_a_number_beyond_float64_has_no_float_beside_it(value):
    assert convert_scalar("n", value).approx is None


@given(st.floats())
def test_a_float_is_kept_bit_by_bit_also_when_it_is_no_number(value):
    kind, kept = convert_scalar("n", value)
    assert kind == FLOAT
    assert np.float64(kept).tobytes() == np.float64(value).tobytes()


@pytest.mark.parametrize("value", [True, False])
def test_a_bool_is_a_bool_and_no_int(value):
    kind, kept = convert_scalar("n", value)
    assert kind is BOOL
    assert kept is value


def test_none_is_a_gap():
    assert convert_scalar("n", None) == ScalarPoint(GAP, None)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_is_kept_as_it_is(value):
    assert convert_scalar("n", value) == ScalarText(value, None, "str")


def test_a_lone_surrogate_becomes_an_escape_that_can_be_read():
    assert convert_scalar("n", "file-\udcff.txt") == ScalarText("file-\\udcff.txt", None, "str")


@given(st.decimals(allow_nan=False))
def test_a_decimal_keeps_all_its_digits(value):
    converted = convert_scalar("n", value)
    assert converted.type == "decimal"
    assert read_back(converted).as_tuple() == value.as_tuple()


@pytest.mark.parametrize("text", ["NaN", "-NaN", "NaN123"])
def test_a_decimal_that_is_no_number_is_kept_beside_a_nan(text):
    converted = convert_scalar("n", Decimal(text))
    assert str(read_back(converted)) == text
    assert math.isnan(converted.approx)


def test_a_signalling_nan_comes_back_as_one_that_can_be_compared():
    converted = convert_scalar("n", Decimal("sNaN"))
    assert converted.text == "sNaN"
    assert str(read_back(converted)) == "NaN"


def test_an_infinite_decimal_has_an_infinite_float_beside_it():
    assert convert_scalar("n", Decimal("-Infinity")).approx == -math.inf


def test_a_decimal_does_not_depend_on_the_context_of_the_thread():
    with decimal.localcontext() as context:
        context.prec = 3
        assert convert_scalar("n", Decimal("1.23456789")).text == "1.23456789"


@given(st.fractions())
def test_a_fraction_is_exact_text(value):
    converted = convert_scalar("n", value)
    assert exactly(read_back(converted)) == exactly(value)
    assert converted.approx == pytest.approx(float(value))


@given(
    st.datetimes(
        timezones=st.none()
        | st.just(timezone.utc)
        | st.integers(-1439, 1439).map(lambda n: timezone(timedelta(minutes=n)))
    )
)
def test_a_moment_comes_back_with_its_offset_or_without_one(value):
    converted = convert_scalar("n", value)
    assert converted.type == "datetime"
    assert read_back(converted) == value
    assert read_back(converted).utcoffset() == value.utcoffset()


@given(st.dates() | st.times() | st.timedeltas())
def test_days_times_and_durations_come_back(value):
    assert exactly(read_back(convert_scalar("n", value))) == exactly(value)


def test_a_naive_moment_gets_no_zone():
    assert convert_scalar("n", datetime(2026, 3, 29, 2, 30)).text == "2026-03-29T02:30:00"  # noqa: DTZ001


def test_a_duration_has_its_seconds_beside_it():
    assert convert_scalar("n", timedelta(minutes=1, milliseconds=500)).approx == 60.5


@pytest.mark.parametrize("cls", [enum.Enum, enum.IntEnum, enum.IntFlag])
def test_a_member_of_an_enumeration_is_logged_by_its_value(cls):
    assert convert_scalar("n", cls("Phase", {"TRAIN": 2}).TRAIN) == ScalarPoint(INT, 2)


def test_a_member_of_a_text_enumeration_is_its_text():
    member = enum.Enum("Phase", {"TRAIN": "train"}, type=str).TRAIN
    assert convert_scalar("n", member) == ScalarText("train", None, "str")


INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "intc", "longlong", "ulonglong"]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_a_numpy_integer_of_any_width_keeps_its_value(dtype):
    for value in (np.iinfo(dtype).min, np.iinfo(dtype).max):
        kind, kept = convert_scalar("n", np.dtype(dtype).type(value))
        assert kind == (UINT if value >= 2**63 else INT)
        assert exactly(kept) == exactly(int(value))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("value", [0.1, -0.0, math.inf, math.nan])
def test_a_numpy_float_keeps_its_value(dtype, value):
    given_value = np.dtype(dtype).type(value)
    kind, kept = convert_scalar("n", given_value)
    assert kind == FLOAT
    assert type(kept) is float
    np.testing.assert_equal(kept, float(given_value))


@pytest.mark.parametrize("text", ["0.1", "-1e4000", "0.5", "inf", "nan", "3.3621031431120935063e-4932"])
def test_a_longdouble_gives_the_same_longdouble_back(text):
    value = np.longdouble(text)
    converted = convert_scalar("n", value)
    assert converted.type == "longdouble"
    assert type(read_back(converted)) is np.longdouble
    np.testing.assert_equal(read_back(converted), value)


def test_a_longdouble_is_text_also_where_a_float_would_do_so_that_a_metric_is_not_half_points():
    assert convert_scalar("n", np.longdouble(0.5)) == ScalarText("0.5", 0.5, "longdouble")


@pytest.mark.skipif(np.finfo(np.longdouble).max == np.finfo(np.float64).max, reason="longdouble is a float64 here")
def test_a_longdouble_beyond_float64_has_no_float_beside_it():
    assert convert_scalar("n", np.longdouble("1e4000")).approx is None


def test_numpy_bools_and_texts_are_pythons():
    assert convert_scalar("n", np.bool_(True)) == ScalarPoint(BOOL, True)
    assert convert_scalar("n", np.str_("yes")) == ScalarText("yes", None, "str")


@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (1, 1, 1)])
@pytest.mark.parametrize(
    ("element", "expected"),
    [
        (np.float32(0.5), ScalarPoint(FLOAT, 0.5)),
        (np.int64(-3), ScalarPoint(INT, -3)),
        (np.uint64(2**64 - 1), ScalarPoint(UINT, 2**64 - 1)),
        (np.bool_(False), ScalarPoint(BOOL, False)),
        (np.longdouble(0.5), ScalarText("0.5", 0.5, "longdouble")),
        (np.datetime64("2026-01-02T03:04:05.000000006"), ScalarText("2026-01-02T03:04:05.000000006", None, "datetime")),
    ],
)
def test_an_array_with_one_element_is_that_element(shape, element, expected):
    assert convert_scalar("n", np.full(shape, element, dtype=element.dtype)) == expected


def test_an_array_of_objects_with_one_element_is_that_object():
    assert convert_scalar("n", np.array([Decimal("1.10")], dtype=object)) == ScalarText("1.10", 1.1, "decimal")


@pytest.mark.parametrize(
    "value", [np.ma.masked, np.ma.array([1.0], mask=[True]), pd.NA, pd.NaT, np.datetime64("NaT", "s")]
)
def test_what_is_marked_as_missing_is_a_gap(value):
    assert convert_scalar("n", value) == ScalarPoint(GAP, None)


def test_numpys_nanoseconds_are_a_moment_and_not_a_bare_integer():
    value = np.datetime64("2026-01-02T03:04:05.123456789")
    converted = convert_scalar("n", value)
    assert converted == ScalarText("2026-01-02T03:04:05.123456789", None, "datetime")
    assert read_back(converted) == datetime(2026, 1, 2, 3, 4, 5, 123456)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("value", "text", "type_"),
    [
        (np.datetime64("2026-01-02"), "2026-01-02", "date"),
        (np.datetime64("2026-01-02T03:04"), "2026-01-02T03:04:00", "datetime"),
        (np.timedelta64(-1500, "ns"), "-PT0.000001500S", "timedelta"),
        (np.timedelta64(90, "s"), "PT90S", "timedelta"),
        (np.timedelta64(3, "M"), "3 months", "timedelta"),
        (pd.Timestamp("2026-01-02 03:04:05.000000006"), "2026-01-02T03:04:05.000000006", "datetime"),
        (pd.Timedelta(-5, "ns"), "-PT0.000000005S", "timedelta"),
    ],
)
def test_moments_and_durations_of_numpy_and_pandas_are_iso_text(value, text, type_):
    converted = convert_scalar("n", value)
    assert (converted.text, converted.type) == (text, type_)


def test_what_datetime_cant_hold_comes_back_as_text():
    assert read_back(convert_scalar("n", np.datetime64("20260-01-01"))) == "20260-01-01"


def test_a_series_with_one_element_is_that_element():
    assert convert_scalar("n", pd.Series([4], index=["only"])) == ScalarPoint(INT, 4)


class Tensor:
    """The documented face of a tensor on an accelerator: dtype, shape, item()."""

    dtype = "bfloat16"

    def __init__(self, values, shape=()):
        self.values = values
        self.size = shape

    @property
    def shape(self):
        return self.size

    def item(self):
        if isinstance(self.values, Exception):
            raise self.values
        return self.values


class GraphTensor:
    """A tensor that is read by numpy() alone."""

    dtype = "float32"
    shape = ()

    def numpy(self):
        return np.float32(0.25)


def test_a_tensor_with_one_element_is_read_by_item():
    assert convert_scalar("n", Tensor(0.5)) == ScalarPoint(FLOAT, 0.5)
    assert convert_scalar("n", Tensor(7, (1, 1))) == ScalarPoint(INT, 7)


def test_a_tensor_without_item_is_read_by_numpy():
    assert convert_scalar("n", GraphTensor()) == ScalarPoint(FLOAT, 0.25)


def test_a_torch_tensor_with_one_element_is_that_element():
    torch = pytest.importorskip("torch")
    assert convert_scalar("n", torch.tensor([0.5], requires_grad=True)) == ScalarPoint(FLOAT, 0.5)
    assert convert_scalar("n", torch.tensor(3)) == ScalarPoint(INT, 3)
    assert convert_scalar("n", torch.tensor(True)) == ScalarPoint(BOOL, True)
    assert convert_scalar("n", torch.tensor(1.5, dtype=torch.bfloat16)) == ScalarPoint(FLOAT, 1.5)


def test_what_item_raises_is_the_cause_of_the_error():
    failure = RuntimeError("device-side assert")
    with pytest.raises(WrongTypeError, match="device-side assert") as caught:
        convert_scalar("n", Tensor(failure))
    assert caught.value.__cause__ is failure


def test_an_item_that_is_a_tensor_again_does_not_go_on_for_ever():
    with pytest.raises(WrongTypeError):
        convert_scalar("n", Tensor(Tensor(1)))


class Answering(float):
    """A float that would answer for its value with code of its own."""

    def __float__(self):
        raise AssertionError

    __int__ = __index__ = __repr__ = __eq__ = __float__
    __hash__ = None


def test_a_subclass_is_read_without_calling_its_code():
    kind, value = convert_scalar("n", Answering(0.5))
    assert kind == FLOAT
    assert exactly(value) == exactly(0.5)


class Pretending:
    """Not a number, though it can be turned into one."""

    def __float__(self):
        raise AssertionError

    def __getattr__(self, name):
        raise AssertionError

    __repr__ = __str__ = __float__


def test_an_arbitrary_object_is_refused_without_calling_its_code():
    with pytest.raises(WrongTypeError, match=r"Pretending; convert it first, as in float\(value\)"):
        convert_scalar("n", Pretending())


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        ([1], "run.log_list"),
        ((1, 2), "run.log_list"),
        ({1}, "run.log_list"),
        (range(3), "run.log_list"),
        ((n for n in range(3)), "run.log_list"),
        (np.zeros(3), "run.log_list"),
        (np.zeros(0), "run.log_list"),
        (pd.Series([1, 2]), "run.log_list"),
        ({"a": 1}, "run.log_row"),
        (np.zeros((2, 2)), "run.log_table"),
        (pd.DataFrame({"a": [1]}), "run.log_table"),
        (b"x", "run.upload_file"),
        (bytearray(b"x"), "run.upload_file"),
        (1j, "value.real"),
        (np.complex64(1), "value.real"),
        (np.array([1j]), "convert it first"),
        (np.array([b"x"]), "convert it first"),
        (np.zeros(1, dtype=[("a", int)]), "convert it first"),
        (object(), "convert it first"),
        (float, "convert it first"),
        (len, "convert it first"),
        (np, "convert it first"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)
def test_what_is_no_scalar_is_refused_with_the_call_to_use(value, remedy):
    with pytest.raises(WrongTypeError, match=r"run\.log\('loss'\)") as caught:
        convert_scalar("loss", value)
    assert remedy in str(caught.value)


def test_a_plot_or_picture_is_refused_with_the_call_to_use():
    from matplotlib.figure import Figure
    from PIL import Image

    for value in (Figure(), Image.new("L", (1, 1))):
        with pytest.raises(WrongTypeError, match=r"use run\.log_image"):
            convert_scalar("n", value)


def test_a_wrong_type_is_also_a_type_error_of_python():
    with pytest.raises(TypeError):
        convert_scalar("n", [1])


def test_converting_imports_no_package_of_the_user(run_script):
    printed = run_script("""
        import sys
        from runlog import images, names, parameters, tables
        from runlog.values import convert_list, convert_scalar

        convert_scalar("n", 10**400)
        convert_list("n", [1.5, None])
        print([name for name in ("numpy", "pandas", "torch", "PIL", "matplotlib") if name in sys.modules])
    """).stdout
    assert printed == "[]\n"


def test_without_numpy_a_longdouble_comes_back_as_a_decimal(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert exactly(exact.from_text("longdouble", "0.1")) == exactly(Decimal("0.1"))


def test_a_text_of_a_type_from_a_later_version_comes_back_as_text():
    assert exact.from_text("quaternion", "1+2i+3j+4k") == "1+2i+3j+4k"


@given(
    st.text(max_size=30),
    st.sampled_from(["int", "decimal", "fraction", "datetime", "date", "time", "timedelta", "longdouble"]),
)
def test_a_damaged_text_never_raises(text, type_):
    exact.from_text(type_, text)


def test_days_and_times_are_what_their_types_say():
    assert convert_scalar("n", date(2026, 1, 2)).type == "date"
    assert convert_scalar("n", time(1, 2, 3)).type == "time"
