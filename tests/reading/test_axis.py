"""Places of a metric's values on the axis of a chart."""

from __future__ import annotations

import math

from runlog.reading.axis import course, indices
from runlog.reading.chunks import Scalars


def scalars(*rows):
    """`(writer, step, value)`, in the order they were logged."""
    return Scalars(list(range(len(rows))), [row[1] for row in rows], [row[2] for row in rows], [row[0] for row in rows])


def test_places_are_steps_where_every_value_has_one():
    assert course(scalars(("a", 10, 1), ("a", 20, 2))) == [(10, 1), (20, 2)]


def test_else_they_are_numbers_of_the_values():
    assert course(scalars(("a", 10, 1), ("a", None, 2))) == [(0, 1), (1, 2)]


def test_each_process_numbers_its_own_values():
    assert indices(["a", "b", "a", "a", "b"]) == [0, 0, 1, 2, 1]
    assert course(scalars(("a", None, 1), ("b", None, 2), ("a", None, 3))) == [(0, 1), (0, 2), (1, 3)]


def test_steps_may_repeat_and_go_back_and_all_are_drawn():
    assert course(scalars(("a", 2, 1), ("a", 1, 2), ("a", 2, 3))) == [(1, 2), (2, 1), (2, 3)]


def test_what_is_no_finite_number_leaves_its_place_empty():
    assert course(scalars(("a", None, math.nan), ("a", None, "text"), ("a", None, 3))) == [(2, 3)]
