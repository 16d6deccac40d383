"""Which runs a query takes, and in which order."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import runlog
from runlog.query.evaluate import answer, compare
from runlog.query.parse import parse
from runlog.query.syntax import Field, Space

NOW = 1_700_000_000 * 10**9
HOUR = 3_600 * 10**9


class Given:
    """A run whose fields are written down."""

    def __init__(self, name: str, **values):
        self.name = name
        self.values = values

    def value(self, field: Field):
        prefix = {Space.ATTRIBUTES: "", Space.METRICS: f"{field.function}_".replace("last_", "")}.get(field.space)
        key = field.key if prefix is None else prefix + field.key
        return self.values.get(key)


RUNS = [
    Given(
        "a", loss=0.5, min_loss=0.1, seed=0, team="vision", status="Completed", started=NOW - HOUR, duration=2 * HOUR
    ),
    Given("b", loss=math.nan, seed="1", team="Vision", status="Crashed", started=NOW - 100 * HOUR, duration=60 * 10**9),
    Given("c", loss=2, seed=0.5, status="Failed", started=NOW, flag=True),
    Given("d", team="", seed="true", status="Running", category="Red"),
]


def names(query: str) -> str:
    return "".join(run.name for run in answer(parse(query), RUNS, NOW))


@pytest.mark.parametrize(
    ("query", "taken"),
    [
        ("", "abcd"),
        ("metrics.loss < 1", "a"),
        ("metrics.loss >= 1", "c"),
        ("not metrics.loss < 1", "bcd"),
        ("metrics.loss != 2", "ab"),
        ("metrics.loss = nan", "b"),
        ("metrics.loss is null", "d"),
        ("metrics.loss is not null", "abc"),
        ("min(metrics.loss) <= 0.1", "a"),
        ("params.seed = 0", "a"),
        ("params.seed = 1", "b"),
        ("params.seed = '1'", "b"),
        ("params.seed = '0.50'", "c"),
        ("params.seed = true", "d"),
        ("metrics.flag = true", "c"),
        ("metrics.flag = 'true'", "c"),
        ("params.seed in (0, 0.5)", "ac"),
        ("params.seed not in (0, 0.5)", "bd"),
        ("metrics.category = 'Red'", "d"),
        ("metrics.category = 3", ""),
        ("metrics.category != 3", "d"),
        ("tags.team = 'vision'", "a"),
        ("tags.team like 'v%'", "a"),
        ("tags.team ilike '_ision'", "ab"),
        ("tags.team = ''", "d"),
        ("tags.team is null", "c"),
        ("status = 'Failed'", "bc"),
        ("status = 'crashed'", "b"),
        ("status != 'failed'", "ad"),
        ("status in ('Failed', 'Running')", "bcd"),
        ("started > -2h", "ac"),
        ("duration > 1h", "a"),
        ("duration <= 60", "b"),
        ("metrics.loss < 1 or status = 'Running' and tags.team = ''", "ad"),
        ("order by metrics.loss", "acbd"),
        ("order by metrics.loss desc", "cabd"),
        ("order by params.seed", "acbd"),
        ("order by status desc, started limit 2", "dc"),
        ("limit 0", ""),
        ("limit 2", "ab"),
    ],
)
def test_a_query_takes(query, taken):
    assert names(query) == taken


@given(st.floats(), st.floats())
def test_of_two_numbers_exactly_one_of_smaller_equal_larger_holds_unless_one_is_not_a_number(value, literal):
    held = [compare(operator, value, literal) for operator in ("<", "=", ">")]
    one_is_nan = math.isnan(value) != math.isnan(literal)
    assert held.count(True) == (0 if one_is_nan else 1)
    assert compare("!=", value, literal) != compare("=", value, literal)
    assert compare("<=", value, literal) == (held[0] or (held[1] and not math.isnan(value)))


@given(st.integers(), st.integers())
def test_integers_of_any_size_compare_exactly(value, literal):
    assert compare("<", value, literal) == (value < literal)
    assert compare("=", value, literal) == (value == literal)


@given(st.text(max_size=10), st.text(alphabet="ab%_.*\\[", max_size=6))
def test_a_pattern_is_no_regular_expression(text, pattern):
    literal = pattern.replace("%", "x").replace("_", "x")
    quoted = literal.replace("\\", "\\\\").replace("'", "\\'")
    run = Given("a", team=literal)
    assert answer(parse(f"tags.team like '{quoted}'"), [run], NOW) == [run]


@given(st.text(alphabet="aAbK\u212a\n", max_size=12), st.text(alphabet="aAbk%%_", max_size=8), st.booleans())
def test_a_pattern_fits_what_a_regular_expression_of_it_fits(text, pattern, ignore_case):
    parts = {"%": ".*", "_": "."}
    expression = "".join(parts.get(one, one) for one in pattern)
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    query = parse(f"tags.team {'ilike' if ignore_case else 'like'} '{pattern}'")
    assert bool(answer(query, [Given("a", team=text)], NOW)) == bool(re.fullmatch(expression, text, flags))


@pytest.mark.timeout(60)
def test_a_pattern_of_many_wildcards_is_answered_before_long():
    query = parse(f"tags.team like '{'%a' * 2000}%b'")
    assert answer(query, [Given("a", team="a" * 10_000)], NOW) == []


@pytest.fixture
def sweep(workspace):
    """Five runs of a sweep, one of which failed."""
    experiment = runlog.Experiment(workspace, "sweep")
    for seed in range(4):
        with experiment.start_logging(
            display_name=f"seed {seed}", tags={"parity": "odd" if seed % 2 else "even"}
        ) as run:
            run.log_params({"seed": seed})
            for step in range(5):
                run.log("mse", 3000 + seed * 10 - step, step=step)
    experiment.start_logging(display_name="broken").fail("no data")
    return workspace


def test_a_workspace_answers_queries_over_what_was_logged(sweep):
    found = sweep.runs("metrics.mse < 3020 and params.seed >= 0 order by metrics.mse desc")
    assert [run.display_name for run in found] == ["seed 2", "seed 1", "seed 0"]
    assert [run.display_name for run in sweep.runs("tags.parity = 'odd' order by started")] == ["seed 1", "seed 3"]
    assert [run.display_name for run in sweep.runs("status = 'Failed'")] == ["broken"]
    assert [run.display_name for run in sweep.runs("max(metrics.mse) = 3010")] == ["seed 1"]
    assert [run.display_name for run in sweep.runs("count(metrics.mse) = 5 limit 1")] == ["seed 3"]
    assert len(sweep.runs("experiment = 'sweep'", experiment="other")) == 0


def test_without_an_order_runs_come_newest_first(sweep):
    assert [run.display_name for run in sweep.runs("params.seed is not null")] == [f"seed {n}" for n in (3, 2, 1, 0)]


def test_a_query_that_can_not_be_read_is_told_before_any_run_is_read(workspace):
    with pytest.raises(runlog.errors.QueryError, match="column 1"):
        workspace.runs("loss < 1")


def test_every_attribute_can_be_asked_for(sweep):
    from runlog.query.syntax import ATTRIBUTES

    for name in ATTRIBUTES:
        assert len(sweep.runs(f"{name} is null or {name} is not null")) == 5
