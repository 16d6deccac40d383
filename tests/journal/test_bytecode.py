"""Between taking a place and storing into it, nobody else gets to run: what makes the closures safe without a lock."""

from __future__ import annotations

import pytest

from runlog.journal.cells import Cells
from runlog.journal.events import Seeds, make_append
from runlog.journal.points import make_log, make_log_metrics
from runlog.journal.stream import SegmentChain
from support.opcodes import (
    DisturbedError,
    check_until_call,
    check_until_store,
    instructions,
    last_store,
    reservations,
)


def nothing(*_):
    return False


NUMBERS = (
    "place",
    "number",
    "time",
    "value",
    "series",
    "kind",
    "flags",
    "size",
    "length",
    "checksum",
    "key",
    "payload",
    "view",
)
"""What the closures read beside the cells: ints, floats, bytes, and the mapping, none of which is called."""
CLOSURES = [
    pytest.param(make_log(Cells(), {}, nothing), "pack", id="log"),
    pytest.param(make_log_metrics(Cells(), {}, nothing), "pack", id="log_metrics"),
    pytest.param(make_append(Cells(), Seeds(), 1, 0, nothing), "store_header", id="append"),
]


@pytest.mark.parametrize(("closure", "store"), CLOSURES)
def test_nothing_is_called_between_taking_a_place_and_the_store_that_makes_the_record_visible(closure, store):
    code = instructions(closure)
    starts = list(reservations(code))
    assert len(starts) == 1
    check_until_call(code, starts[0], store, NUMBERS)


@pytest.mark.parametrize("method", [Cells.put, Cells.take, Cells.give_back])
def test_comparing_and_moving_the_offset_is_one_step_for_everybody_else(method):
    code = instructions(method)
    (start,) = reservations(code)
    items = {"STORE_SUBSCR", "STORE_SLICE"}
    stores_items = any(one.opname in items for one in code)
    end = last_store(code, items) if stores_items else last_store(code, {"STORE_ATTR"}, "offset")
    check_until_store(code, start, end)


def test_going_to_another_segment_is_one_step_for_everybody_else():
    code = instructions(SegmentChain._enter)
    (start,) = reservations(code)
    check_until_store(code, start, last_store(code, {"STORE_ATTR"}, "highest"))


def make_disturbed(cells, pack, clock, values):
    def calls_in_between(value):
        cells.offset = (place := cells.offset) + 32
        time = clock()
        pack(cells.view, place, time, value)

    def calls_among_the_arguments(value):
        cells.offset = (place := cells.offset) + 32
        pack(cells.view, place, clock(), value)

    def calls_a_method_in_between(value):
        cells.offset = (place := cells.offset) + 32
        pack(cells.view.cast("B"), place, value)

    def loops_in_between(value):
        cells.offset = (place := cells.offset) + 32
        for one in values:
            place += one
        pack(cells.view, place, value)

    def stores_by_another_name(value):
        cells.offset = (place := cells.offset) + 32
        values(cells.view, place, value)

    def never_stores(value):
        cells.offset = (place := cells.offset) + 32
        cells.view[place] = value

    return [
        calls_in_between,
        calls_among_the_arguments,
        calls_a_method_in_between,
        loops_in_between,
        stores_by_another_name,
        never_stores,
    ]


@pytest.mark.parametrize("disturbed", make_disturbed(Cells(), nothing, nothing, ()), ids=lambda one: one.__name__)
def test_the_check_notices_a_call_or_a_loop_between_taking_a_place_and_the_store(disturbed):
    code = instructions(disturbed)
    (start,) = reservations(code)
    with pytest.raises(DisturbedError):
        check_until_call(code, start, "pack", NUMBERS)


class CallsWhileItCompares:
    offset = 0

    def put(self, place, data):
        if self.offset == place:
            self.offset = place + len(data)

    def put_the_other_way_round(self, place, data):
        if self.offset != place:
            return False
        self.offset = place + 1
        return True


def test_the_check_notices_a_call_within_a_comparison_and_store():
    code = instructions(CallsWhileItCompares.put)
    (start,) = reservations(code)
    with pytest.raises(DisturbedError):
        check_until_store(code, start, last_store(code, {"STORE_ATTR"}, "offset"))


def test_the_check_notices_a_jump_between_a_comparison_and_the_store():
    code = instructions(CallsWhileItCompares.put_the_other_way_round)
    (start,) = reservations(code)
    with pytest.raises(DisturbedError):
        check_until_store(code, start, last_store(code, {"STORE_ATTR"}, "offset"))
