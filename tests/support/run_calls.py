"""Strategies of hypothesis for `run.log*` calls: any mix of them, with values of all types that a run takes."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import numpy as np
from hypothesis import strategies as st

from support import schema_documents
from support.run_model import Call

SHARED = ["shared", "shared too"]
"""Names that every kind of call uses, so that calls of another kind are refused."""
STEPS = st.none() | st.integers(0, 9) | st.sampled_from([-(1 << 63), (1 << 63) - 1])
TEXTS = st.text(max_size=30) | st.just("a long text, " * 400)
ZONES = st.sampled_from([timezone.utc, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))])
MOMENTS = st.datetimes() | st.datetimes(timezones=ZONES)
DOCUMENTS = {
    "confusion_matrix": schema_documents.CONFUSION,
    "accuracy_table": schema_documents.ACCURACY,
    "residuals": schema_documents.RESIDUALS,
    "predictions": schema_documents.PREDICTIONS,
}

VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 63), (1 << 64) - 1),
    st.integers(),
    st.sampled_from([(1 << 63) - 1, 1 << 63, (1 << 64) - 1, 1 << 64, 10**30, -(1 << 63) - 1]),
    st.floats(),
    TEXTS,
    st.decimals(allow_nan=False),
    st.fractions(),
    MOMENTS.map(lambda moment: moment.replace(fold=0)),
    st.dates(),
    st.times().map(lambda moment: moment.replace(fold=0)),
    st.timedeltas(),
    st.integers(-(1 << 63), (1 << 63) - 1).map(np.int64),
    st.integers(0, (1 << 64) - 1).map(np.uint64),
    st.integers(-128, 127).map(np.int8),
    st.floats(width=32).map(np.float32),
    st.floats().map(np.float64),
    st.booleans().map(np.bool_),
    st.text(max_size=5).map(np.str_),
    st.floats().map(lambda value: np.array([[value]])),
)
COLUMNS = st.sampled_from(["angle", "cos", "step", "\u00e9"])


def names(kind: str) -> st.SearchStrategy[str]:
    """Names of a kind of metric in several spellings, and at times one that all kinds share."""
    return st.sampled_from([f"{kind} a", f"  {kind} a ", f"{kind}/e\u0301", f"{kind}/\u00e9", *SHARED])


def call(method: str, *args: Any, **kwargs: Any) -> st.SearchStrategy[Call]:
    """Calls with drawn arguments."""
    return st.builds(lambda some, named: Call(method, some, named), st.tuples(*args), st.fixed_dictionaries(kwargs))


def pixels(size: tuple[int, int], seed: int) -> Any:
    """A grey picture."""
    return np.random.default_rng(seed).integers(0, 255, size, dtype=np.uint8)


TABLES = st.integers(0, 4).flatmap(
    lambda rows: st.dictionaries(COLUMNS, st.lists(VALUES, min_size=rows, max_size=rows), min_size=1, max_size=3)
)
PICTURES = st.builds(pixels, st.tuples(st.integers(1, 4), st.integers(5, 8)), st.integers(0, 2))
HISTOGRAMS = st.lists(st.integers(0, 1 << 40), min_size=1, max_size=4).map(
    lambda counts: {"counts": counts, "edges": [float(edge) for edge in range(len(counts) + 1)]}
)
KEYS = st.sampled_from(["team", " team", "e\u0301", "\u00e9", "model.lr"])

CALLS: st.SearchStrategy[Call] = st.one_of(
    call("log", names("scalar"), VALUES, st.sampled_from(["", "of the batch"]), STEPS),
    call("log", names("scalar"), st.floats() | st.integers(0, 9), step=STEPS),
    call("log_metrics", st.dictionaries(st.sampled_from(["lr", "scalar a", *SHARED]), VALUES, max_size=3), STEPS),
    call("log_list", names("scalar"), st.lists(VALUES, max_size=4)),
    call("log_row", names("row"), st.dictionaries(COLUMNS, VALUES, max_size=3)),
    call("log_row", names("row"), angle=VALUES, cos=VALUES),
    call("log_table", names("table"), TABLES),
    call("log_image", names("image"), image=PICTURES, step=STEPS),
    call("log_text", names("text"), TEXTS, STEPS),
    st.builds(
        lambda name, histogram, step: Call("log_histogram", (name,), {**histogram, "step": step}),
        names("histogram"),
        HISTOGRAMS,
        STEPS,
    ),
    st.sampled_from(sorted(DOCUMENTS)).flatmap(
        lambda kind: call(f"log_{kind}", names(kind), st.just(DOCUMENTS[kind]), step=STEPS)
    ),
    call("log_params", st.dictionaries(KEYS, VALUES, max_size=3)),
    call("tag", KEYS, st.none() | TEXTS | st.integers()),
    call("set_tags", st.dictionaries(KEYS, TEXTS, max_size=2)),
    call("remove_tags", st.lists(KEYS, max_size=2)),
)
MIXES = st.lists(CALLS, max_size=25)
