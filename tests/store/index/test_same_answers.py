"""A query is answered by the index as it is by reading the journals of all runs."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runlog import Experiment
from runlog.query.parse import parse
from runlog.query.rows import taken_by
from runlog.store.indexed import IndexedStore

NAMED = [
    *("metrics.loss", "min(metrics.loss)", "max(metrics.loss)", "count(metrics.loss)", "metrics.exact", "metrics.flag"),
    *("metrics.steps", "params.alpha", "params.name", "params.big", "params.none", "tags.team", "properties.data"),
]
"""What a user named, which may be anything."""
TEXTS = ["id", "name", "experiment", "description", "parent", "type"]
TIMES = ["started", "ended"]
FIELDS = [*NAMED, *TEXTS, "status", *TIMES, "duration", "attempts"]
QUOTED = ['"x"', '"0.5"', '""', '"Failed"', '"failed"', '"study"', '"true"', '"run1"']
NUMBERS = ["0", "1", "-1", "0.5", "1e300", "1180591620717411303424"]
LITERALS = [(NAMED, [*QUOTED, *NUMBERS, "true", "false"]), (TEXTS, QUOTED), (TIMES, ["-2h", "-9d"])]
LITERALS += [(["status"], ['"Failed"', '"failed"', '"Completed"', '"Crashed"'])]
LITERALS += [(["duration"], ["2h", "1s"]), (["attempts"], NUMBERS)]
PATTERNS = ['"%"', '"x%"', '"_"', '"%e%"', '"F%"']


def comparisons() -> st.SearchStrategy[str]:
    field, operator = st.sampled_from(FIELDS), st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
    fitting = [
        st.tuples(st.sampled_from(fields), operator, st.sampled_from(literals)).map(" ".join)
        for fields, literals in LITERALS
    ]
    return st.one_of(
        *fitting,
        st.tuples(st.sampled_from([*NAMED, *TEXTS, "status"]), st.sampled_from(PATTERNS)).map(" like ".join),
        field.map("{} is null".format),
        field.map("{} is not null".format),
    )


def conditions() -> st.SearchStrategy[str]:
    return st.recursive(
        comparisons(),
        lambda inner: st.one_of(
            st.tuples(inner, inner).map("({0[0]} and {0[1]})".format),
            st.tuples(inner, inner).map("({0[0]} or {0[1]})".format),
            inner.map("not ({})".format),
        ),
        max_leaves=4,
    )


ORDERS = st.lists(st.tuples(st.sampled_from(FIELDS), st.sampled_from(["", " desc"])).map("".join), max_size=3)


@pytest.fixture
def sweep(workspace, monkeypatch):
    """Runs that have, or lack, values of every type."""
    monkeypatch.setenv("RUNLOG_CAPTURE_SYSTEM", "0")
    values = [0.5, "0.5", True, None, 1 << 70, Decimal("0.5"), "x", -1, float("nan"), float("inf")]
    for number, value in enumerate(values):
        tags = {"team": "x" if number % 2 else None} if number % 3 else {}
        run = Experiment(workspace, "study" if number % 2 else "other").start_logging(
            display_name=f"run{number % 4}", tags=tags, outputs=False
        )
        run.log_params({"alpha": value, "name": str(value), **({"none": None, "big": 1 << 70} if number % 2 else {})})
        if number % 4:
            run.log("loss", float(number) if number % 5 else float("nan"), step=number)
            run.log("loss", number / 4)
            run.log("exact", Decimal(number) / 7)
            run.log("flag", number % 2 == 0)
            run.log_list("steps", [number, None, "x"][: number % 4])
        if number % 3 == 1:
            run.add_properties({"data": str(number)})
        (run.fail if number % 3 == 2 else run.complete)()
    return workspace


def test_any_query_takes_the_same_runs_in_the_same_order(sweep):
    store = IndexedStore(sweep.backend)
    states = [run.state() for run in sweep.runs()]

    @settings(max_examples=300)
    @given(conditions() | st.just(""), ORDERS)
    def check(condition: str, order: list[str]) -> None:
        query = condition + (f" order by {', '.join(order)}" if order else "")
        wanted = [state.id for state in taken_by(parse(query), sweep.backend, states)]
        found = store.find_runs(query, limit=50)
        assert [run.id for run in found.items] == wanted, query

    check()
    store.close()
