"""What the query language is made of, and what it says of a query that it can't read."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runlog.errors import QueryError, WrongTypeError
from runlog.query.parse import MAX_CHARACTERS, MAX_DEPTH, parse
from runlog.query.syntax import (
    AllOf,
    AnyOf,
    Compare,
    Duration,
    Field,
    IsNull,
    Like,
    Not,
    OneOf,
    Ordering,
    Query,
    Space,
)

LOSS = Field(Space.METRICS, "loss")
SEED = Field(Space.PARAMS, "seed")
HOUR = 3_600 * 10**9


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_a_blank_query_takes_every_run(text):
    assert parse(text) == Query()


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("metrics.loss < 0.1", Compare(LOSS, "<", 0.1)),
        ("metrics.loss<=1e-3", Compare(LOSS, "<=", 0.001)),
        ("metric.loss == -.5", Compare(LOSS, "=", -0.5)),
        ("metrics.loss <> 1_000", Compare(LOSS, "!=", 1000)),
        ("params.seed != 'a'", Compare(SEED, "!=", "a")),
        ("parameters.seed = true", Compare(SEED, "=", True)),
        ('params.seed = "it\'s"', Compare(SEED, "=", "it's")),
        (r"params.seed = 'it\'s'", Compare(SEED, "=", "it's")),
        ("min(metrics.loss) < 1", Compare(Field(Space.METRICS, "loss", "min"), "<", 1)),
        ("COUNT(metrics.loss) > 9", Compare(Field(Space.METRICS, "loss", "count"), ">", 9)),
        ("metrics.val/loss > 1", Compare(Field(Space.METRICS, "val/loss"), ">", 1)),
        ("metrics.val-loss.best > 1", Compare(Field(Space.METRICS, "val-loss.best"), ">", 1)),
        ("metrics.`a b` > 1", Compare(Field(Space.METRICS, "a b"), ">", 1)),
        ('metrics."a b" > 1', Compare(Field(Space.METRICS, "a b"), ">", 1)),
        ("metrics.order > 1", Compare(Field(Space.METRICS, "order"), ">", 1)),
        ("metrics.ü > 1", Compare(Field(Space.METRICS, "ü"), ">", 1)),
        ("metrics.acc@5 > 1", Compare(Field(Space.METRICS, "acc@5"), ">", 1)),
        ("metrics.grad:norm[0]>1", Compare(Field(Space.METRICS, "grad:norm[0]"), ">", 1)),
        ("metrics.हिन्दी > 1", Compare(Field(Space.METRICS, "हिन्दी"), ">", 1)),
        ("metrics.🙂!=1", Compare(Field(Space.METRICS, "🙂"), "!=", 1)),
        ("metrics.cafe\u0301 > 1", Compare(Field(Space.METRICS, "caf\u00e9"), ">", 1)),
        ('tags."  team\t" = "x"', Compare(Field(Space.TAGS, "team"), "=", "x")),
        ("params.opt.lr < 0.2", Compare(Field(Space.PARAMS, "opt.lr"), "<", 0.2)),
        ("group = 'sweep'", Compare(Field(Space.ATTRIBUTES, "group"), "=", "sweep")),
        ("run.group = ' cafe\u0301'", Compare(Field(Space.ATTRIBUTES, "group"), "=", "caf\u00e9")),
        ("experiment = 'cafe\u0301'", Compare(Field(Space.ATTRIBUTES, "experiment"), "=", "caf\u00e9")),
        ("experiment like 'cafe\u0301%'", Like(Field(Space.ATTRIBUTES, "experiment"), "caf\u00e9%", ignore_case=False)),
        ("status = 'FINISHED'", Compare(Field(Space.ATTRIBUTES, "status"), "=", "Completed")),
        ("status in ('killed', 'QUEUED')", OneOf(Field(Space.ATTRIBUTES, "status"), ("Canceled", "NotStarted"))),
        ("status = 'Failed'", Compare(Field(Space.ATTRIBUTES, "status"), "=", "Failed")),
        ("attributes.run_id = 'x'", Compare(Field(Space.ATTRIBUTES, "id"), "=", "x")),
        ("run.start_time > 1700000000000", Compare(Field(Space.ATTRIBUTES, "started"), ">", 1700000000000 * 10**6)),
        ("started > '1970-01-01T00:00:01Z'", Compare(Field(Space.ATTRIBUTES, "started"), ">", 10**9)),
        ("started > -7d", Compare(Field(Space.ATTRIBUTES, "started"), ">", Duration(-7 * 24 * HOUR))),
        ("duration >= 1.5h", Compare(Field(Space.ATTRIBUTES, "duration"), ">=", Duration(HOUR * 3 // 2))),
        ("duration >= 90", Compare(Field(Space.ATTRIBUTES, "duration"), ">=", Duration(90 * 10**9))),
        ("params.seed in (1, 'a', 2.5)", OneOf(SEED, (1, "a", 2.5))),
        ("params.seed not in (1)", Not(OneOf(SEED, (1,)))),
        ("tags.team like 'v%'", Like(Field(Space.TAGS, "team"), "v%", ignore_case=False)),
        ("tags.team not ilike 'v%'", Not(Like(Field(Space.TAGS, "team"), "v%", ignore_case=True))),
        ("properties.a is null", IsNull(Field(Space.PROPERTIES, "a"))),
        ("metrics.loss IS NOT NULL", Not(IsNull(LOSS))),
    ],
)
def test_a_comparison_means(text, condition):
    assert parse(text).condition == condition


def test_and_binds_closer_than_or_and_not_closer_than_both():
    one, two = Compare(LOSS, "<", 1), Compare(SEED, "=", 2)
    assert parse("not metrics.loss < 1 and params.seed = 2 or params.seed = 2").condition == AnyOf(
        (AllOf((Not(one), two)), two)
    )
    assert parse("not (metrics.loss < 1 and (params.seed = 2))").condition == Not(AllOf((one, two)))


def test_an_order_may_have_several_fields_and_directions():
    assert parse("order by metrics.loss, params.seed desc, min(metrics.loss) asc limit 3") == Query(
        None,
        (Ordering(LOSS), Ordering(SEED, descending=True), Ordering(Field(Space.METRICS, "loss", "min"))),
        3,
    )


def test_a_query_tells_which_fields_it_looks_at():
    query = parse("not (metrics.loss < 1 or params.seed is null) order by started")
    assert query.fields() == {LOSS, SEED, Field(Space.ATTRIBUTES, "started")}


@pytest.mark.parametrize(
    ("text", "column", "part"),
    [
        ("metrics.loss <", 15, "a number, a text in quotes"),
        ("metrics.loss < 0.1 and", 23, "metrics.NAME"),
        ("loss < 3", 1, "What you logged is metrics.loss"),
        ("statsu = 'Failed'", 1, "did you mean 'status'? What"),
        ("metrics.a = 1 and min(params.x) < 1", 19, "takes a metric"),
        ("started > 'yesterday'", 11, "how long ago"),
        ("status = 3", 10, "put it in quotes"),
        ("metrics.loss < 3 metrics.x > 2", 18, "and, limit, or, order"),
        ("duration like 'x'", 10, "is no text"),
        ("limit 1.5", 7, "whole number"),
        ("params.x = 2h", 12, "is no time"),
        ("metrics.a = 'x", 13, "expected a duration such as 2h"),
        ("status = 'Faild'", 10, "unknown status 'Faild': did you mean 'Failed'?"),
        ("status in ('Failed', 'done')", 22, "unknown status 'done': use NotStarted, Running, Completed"),
        ('metrics."  " = 1', 1, "is empty"),
        (f"limit {'9' * 5000}", 7, "a number has 5000 characters, over 600"),
        (f"params.x = -{'9' * 5000}", 12, "a number has 5001 characters, over 600"),
        (f"started > {'9' * 5000}", 11, "a number has 5000 characters, over 600"),
        (f"duration > {'9' * 5000}h", 12, "a duration has 5000 digits, over 600"),
        ("(metrics.a = 1", 15, ")"),
        ("started = nan", 11, "is a time"),
    ],
)
def test_an_error_points_at_its_column_and_says_what_could_stand_there(text, column, part):
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.column == column
    assert part in str(caught.value)
    *_, shown, mark = str(caught.value).splitlines()
    assert text.startswith(shown[2:])
    assert mark.index("^") == 2 + column - 1


def test_a_long_query_is_shown_around_the_place():
    text = "metrics.loss < 1 and " * 50 + "metrics.loss ~ 1"
    with pytest.raises(QueryError) as caught:
        parse(text)
    *_, shown, mark = str(caught.value).splitlines()
    assert shown[mark.index("^")] == "~"
    assert len(shown) < 110


def test_what_is_no_text_is_refused():
    with pytest.raises(WrongTypeError, match="3"):
        parse(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["x" * (MAX_CHARACTERS + 1), "(" * (MAX_DEPTH + 1), "not " * 1000 + "metrics.a = 1"])
def test_a_query_that_would_exhaust_the_interpreter_is_refused(text):
    with pytest.raises(QueryError):
        parse(text)


WORDS = st.sampled_from(
    ["metrics.loss", "params.`a b`", "status", "min(", "(", ")", "and", "or", "not", "in", "like", "is", "null", "<", "=",
     "!=", "1", "-2.5e3", "nan", "'x'", '"y"', "2h", "true", "order", "by", "desc", "limit", ",", "`", "'", "\\", "\0", "é"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=25).map(" ".join) | st.text(max_size=80))
@example("limit nan")
@example("duration > inf")
@example("started < 1e400")
def test_whatever_is_typed_is_read_or_refused_at_a_column_within_it(text):
    try:
        query = parse(text)
    except QueryError as error:
        column = error.column
    else:
        column = None
        assert all(field.key for field in query.fields())
    assert column is None or 1 <= column <= len(text) + 1
