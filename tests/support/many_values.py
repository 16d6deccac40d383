"""A value of every type that programs hand to a run, each made anew: what some calls take, and others refuse."""

from __future__ import annotations

import argparse
import array
import collections
import dataclasses
import enum
import functools
import importlib
import ipaddress
import math
import re
import types
import uuid
import zoneinfo
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pydantic
from omegaconf import OmegaConf

NAIVE = datetime.fromisoformat("2026-01-31T13:05")


class Colour(enum.Enum):
    RED = "red"
    BLUE = (0, 0, 255)


class Access(enum.Flag):
    READ = 1
    WRITE = 2


@dataclasses.dataclass
class Config:
    lr: float = 0.1
    path: PurePosixPath = dataclasses.field(default_factory=lambda: PurePosixPath("/d"))
    inner: Any = None


class Model(pydantic.BaseModel):
    lr: float = 0.1
    secret: pydantic.SecretStr = pydantic.SecretStr("hunter2")


class Mute:
    def __repr__(self):
        raise ValueError("no text")


class Mapped(dict):
    """A mapping of a class of its own."""


def cycle() -> list:
    value: list = [1]
    value.append(value)
    return value


def nested(depth: int, nest: Callable[[Any], Any]) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = nest(value)
    return value


NUMBERS: dict[str, Callable[[], Any]] = {
    "int": lambda: 3,
    "the least int": lambda: -(2**63),
    "the largest int of 64 bits": lambda: 2**64 - 1,
    "a larger int": lambda: 2**64,
    "an int of 400 digits": lambda: 10**400,
    "an int that can't be printed": lambda: -(10**10_000),
    "bool": lambda: True,
    "float": lambda: 0.1,
    "nan": lambda: math.nan,
    "infinity": lambda: -math.inf,
    "negative zero": lambda: -0.0,
    "the least float": lambda: 5e-324,
    "the largest float": lambda: 1.7976931348623157e308,
    "decimal": lambda: Decimal("1.10"),
    "decimal nan": lambda: Decimal("NaN"),
    "signalling nan": lambda: Decimal("sNaN"),
    "infinite decimal": lambda: Decimal("-Infinity"),
    "huge decimal": lambda: Decimal("1e999999"),
    "tiny decimal": lambda: Decimal("-1e-999999"),
    "fraction": lambda: Fraction(1, 3),
    "huge fraction": lambda: Fraction(10**400, 3),
    "fraction that can't be printed": lambda: Fraction(-(10**10_000), 3),
    "complex": lambda: 1 + 2j,
    "longdouble": lambda: np.longdouble("0.1"),
    "huge longdouble": lambda: np.longdouble("1e4000"),
    "longdouble nan": lambda: np.longdouble("nan"),
    "numpy int8": lambda: np.int8(-3),
    "numpy uint64": lambda: np.uint64(2**64 - 1),
    "numpy float16": lambda: np.float16(0.1),
    "numpy bool": lambda: np.bool_(True),
    "numpy complex": lambda: np.complex64(1j),
    "pyarrow scalar": lambda: pa.scalar(3),
    "flag": lambda: Access.READ | Access.WRITE,
}
TEXTS: dict[str, Callable[[], Any]] = {
    "text": lambda: "x",
    "empty text": lambda: "",
    "text with a lone surrogate": lambda: "a\udc80b",
    "text with NUL": lambda: "a\x00b",
    "text with control characters": lambda: "\x1b[31m\r\n\t\x07",
    "text with line separators": lambda: "a\u2028b\u2029c\x85d",
    "text that turns its direction": lambda: "\u202eabc",
    "formula": lambda: "=cmd|' /C calc'!A0",
    "markup": lambda: "<script>alert(1)</script>&amp;",
    "text that looks like a number": lambda: "1e400",
    "text of digits": lambda: "9" * 5000,
    "emoji": lambda: "\U0001f642",
    "decomposed": lambda: "cafe\u0301",
    "long text": lambda: "x" * 300_000,
    "numpy text": lambda: np.str_("x"),
    "enum": lambda: Colour.RED,
    "bytes": lambda: b"\x00\xff",
    "numpy bytes": lambda: np.bytes_(b"x"),
}
MOMENTS: dict[str, Callable[[], Any]] = {
    "moment": lambda: NAIVE,
    "aware moment": lambda: datetime(1960, 5, 5, tzinfo=timezone.utc),
    "the first moment": lambda: datetime.fromisoformat("0001-01-01"),
    "the last moment": lambda: datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
    "moment of an old zone": lambda: datetime(1900, 1, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Paris")),
    "date": lambda: date(1, 1, 1),
    "time": lambda: time(1, 2, 3, tzinfo=timezone.utc),
    "duration": lambda: timedelta(-1, 5),
    "the longest duration": lambda: timedelta.max,
    "numpy moment": lambda: np.datetime64("2026-01-01T00:00:00.123456789"),
    "far moment": lambda: np.datetime64("30000-01-01"),
    "no moment": lambda: np.datetime64("nat"),
    "numpy duration": lambda: np.timedelta64(5, "ns"),
    "numpy years": lambda: np.timedelta64(5, "Y"),
    "pandas moment": lambda: pd.Timestamp("2026-01-01T00:00:00.123456789", tz="UTC"),
    "pandas duration": lambda: pd.Timedelta(5, "ns"),
    "period": lambda: pd.Period("2026-01"),
    "interval": lambda: pd.Interval(0, 1),
    "pyarrow moment": lambda: pa.scalar(NAIVE, pa.timestamp("us")),
}
NOTHINGS: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "pandas NA": lambda: pd.NA,
    "pandas NaT": lambda: pd.NaT,
    "masked": lambda: np.ma.masked,
    "pyarrow null": lambda: pa.scalar(None),
}
ARRAYS: dict[str, Callable[[], Any]] = {
    "array without dimensions": lambda: np.array(3.5),
    "array of one element": lambda: np.array([[3.5]]),
    "array": lambda: np.arange(4),
    "empty array": lambda: np.zeros(0),
    "array of floats": lambda: np.array([0.5, math.nan, math.inf]),
    "picture": lambda: np.zeros((4, 5, 3), np.uint8),
    "grey picture": lambda: np.full((4, 5), 0.5),
    "array of objects": lambda: np.array([1, "a", None, Fraction(1, 3)], dtype=object),
    "array of texts": lambda: np.array(["a", "b"]),
    "array of moments": lambda: np.array(["2026-01-01", "NaT"], "M8[ns]"),
    "masked array": lambda: np.ma.array([1, 2], mask=[0, 1]),
    "structured array": lambda: np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]),
    "array of longdoubles": lambda: np.array([1, 2], np.longdouble),
    "series": lambda: pd.Series([1.5, None]),
    "series of categories": lambda: pd.Series(["a", "b"], dtype="category"),
    "pandas array": lambda: pd.array([1, None], dtype="Int64"),
    "index of levels": lambda: pd.MultiIndex.from_tuples([(1, "a")]),
    "frame": lambda: pd.DataFrame({"a": [1, 2], "b": ["x", None]}),
    "frame of levels": lambda: pd.DataFrame({("a", 1): [1], ("b", 2): [pd.Timestamp("2026-01-01")]}),
    "frame of spans": lambda: pd.DataFrame({"p": pd.period_range("2026-01", periods=2, freq="M")}),
    "pyarrow array": lambda: pa.array([1, None]),
    "pyarrow table": lambda: pa.table({"a": [1, 2]}),
}
CONTAINERS: dict[str, Callable[[], Any]] = {
    "list": lambda: [1, 2],
    "mixed list": lambda: [1, "a", None, [2, {"b": (3,)}], b"x"],
    "tuple": lambda: (1, 2),
    "set": lambda: {1, "a", None},
    "range": lambda: range(3),
    "deque": lambda: collections.deque([1]),
    "array.array": lambda: array.array("d", [1]),
    "generator": lambda: (number for number in range(3)),
    "mapping": lambda: {"a": 1, "b": {"c": 2}},
    "mapping of lists": lambda: {"a": [1, 2], "b": 3},
    "mapping of odd keys": lambda: {1: 2, None: 3, (1, 2): 4, 1.5: 5, Colour.RED: 6, b"x": 7},
    "mapping of a class of its own": lambda: Mapped(a=1),
    "rows": lambda: [{"a": 1}, {"b": "x"}],
    "cycle": cycle,
    "deep list": lambda: nested(3000, lambda inner: [inner]),
    "deep mapping": lambda: nested(3000, lambda inner: {"a": inner}),
    "dataclass": Config,
    "nested dataclass": lambda: Config(inner=[Config(inner={"a": Config})]),
    "pydantic": Model,
    "namespace": lambda: argparse.Namespace(a=1, b=[PurePosixPath("x")]),
    "simple namespace": lambda: types.SimpleNamespace(a=math.nan),
    "OmegaConf": lambda: OmegaConf.create(
        {"opt": {"lr": 0.1}, "layers": [64, "${opt.lr}"], "gone": "${no}", "m": "???"}
    ),
}
OBJECTS: dict[str, Callable[[], Any]] = {
    "object": object,
    "object without a text": Mute,
    "class": lambda: Config,
    "function": lambda: cycle,
    "partial": lambda: functools.partial(cycle, 1),
    "module": lambda: math,
    "dtype": lambda: np.dtype("float32"),
    "path": lambda: PurePosixPath("/a/b"),
    "regular expression": lambda: re.compile("x"),
    "uuid": lambda: uuid.UUID(int=5),
    "address": lambda: ipaddress.ip_address("1.2.3.4"),
    "exception": lambda: ValueError("x"),
    "enum of a tuple": lambda: Colour.BLUE,
}
OF_PACKAGES: dict[str, Callable[[], Any]] = {}


def _of(package: str, **made: Callable[[Any], Any]) -> None:
    """Add values of a package that is not installed everywhere."""
    try:
        module = importlib.import_module(package)
    except ImportError:
        return
    OF_PACKAGES.update({f"{package} {name}": functools.partial(make, module) for name, make in made.items()})


_of(
    "ml_dtypes",
    bfloat16=lambda ml: ml.bfloat16(1),
    array=lambda ml: np.ones((2, 2), ml.float8_e4m3fn),
    int4=lambda ml: np.ones(3, ml.int4),
)
_of(
    "torch",
    scalar=lambda torch: torch.tensor(1.5, dtype=torch.bfloat16),
    tensor=lambda torch: torch.ones(3, requires_grad=True),
    picture=lambda torch: torch.zeros(3, 4, 5),
    sparse=lambda torch: torch.eye(2).to_sparse(),
    meta=lambda torch: torch.empty(2, device="meta"),
    dtype=lambda torch: torch.float32,
)
_of(
    "jax.numpy",
    scalar=lambda jnp: jnp.bfloat16(1),
    array=lambda jnp: jnp.ones(3, jnp.int4),
    matrix=lambda jnp: jnp.ones((2, 2)),
)
_of(
    "polars",
    series=lambda pl: pl.Series([1, None]),
    frame=lambda pl: pl.DataFrame({"a": [1], "b": ["x"]}),
    lazy=lambda pl: pl.LazyFrame({"a": [1]}),
)

KINDS = {
    "numbers": NUMBERS,
    "texts": TEXTS,
    "moments": MOMENTS,
    "nothings": NOTHINGS,
    "arrays": ARRAYS,
    "containers": CONTAINERS,
    "objects": OBJECTS,
    "other packages": OF_PACKAGES,
}
VALUES = {name: make for values in KINDS.values() for name, make in values.items()}
