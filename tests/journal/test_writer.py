"""What a writer is given is on disk when the call returns, in both ways of writing."""

from __future__ import annotations

import decimal
import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runlog.errors import WrongValueError
from runlog.journal.format import EVENT_MAX_PAYLOAD, EventFlag, PointKind, WriterFlag
from support.journal_files import BOOL, FLOAT, GAP, INT, UINT, read_folder, read_only
from support.writers import LOG, MODES, STATE, Logger

INT64 = st.integers(-(1 << 63), (1 << 63) - 1)


@pytest.fixture(params=sorted(MODES))
def mode(request):
    return MODES[request.param]


@pytest.fixture
def logger(tmp_path, mode):
    logger = Logger(tmp_path / "run", mode=mode)
    yield logger
    logger.close()


def test_nothing_is_on_disk_before_the_first_record(logger, tmp_path):
    assert not (tmp_path / "run").exists()
    assert logger.writer.writer_id == ""
    logger.close()
    assert not (tmp_path / "run").exists()


def test_a_point_is_in_the_file_when_the_call_returns(logger, tmp_path):
    for number in range(5):
        logger.log("loss", number / 2, "", number)
        last = read_only(tmp_path / "run").points[-1]
        assert (last.name, last.value, last.step, last.kind) == ("loss", number / 2, number, FLOAT)


def test_an_event_is_in_the_file_when_the_call_returns(logger, tmp_path):
    for number in range(5):
        assert logger.append(b"event %d" % number)
        assert read_only(tmp_path / "run").events[-1] == (LOG, 0, b"event %d" % number)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (0.0, FLOAT),
        (-math.inf, FLOAT),
        (1, INT),
        (-(1 << 63), INT),
        ((1 << 63) - 1, INT),
        (1 << 63, UINT),
        ((1 << 64) - 1, UINT),
        (True, BOOL),
        (False, BOOL),
        (None, GAP),
    ],
)
@pytest.mark.parametrize("known", [False, True], ids=["new name", "known name"])
def test_a_scalar_keeps_its_value_and_its_kind(logger, tmp_path, value, kind, known):
    if known:
        logger.log("name", 0.5)
    logger.log("name", value)
    point = read_only(tmp_path / "run").points[-1]
    assert (point.value, point.kind, point.step) == (value, kind, None)


def test_nan_is_kept(logger, tmp_path):
    logger.log("name", math.nan)
    logger.log("name", math.nan)
    assert all(math.isnan(value) for value in read_only(tmp_path / "run").values("name"))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    calls=st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80),
            st.one_of(st.floats(allow_nan=False), INT64, st.booleans(), st.none()),
            st.none() | INT64,
        )
    ),
    close=st.booleans(),
)
def test_any_scalars_come_back_in_their_order_with_name_value_and_step(tmp_path_factory, mode, calls, close):
    folder = tmp_path_factory.mktemp("run")
    logger = Logger(folder, mode=mode)
    logger.append(b"so that there is a writer")
    for name, value, step in calls:
        logger.log(name, value, "", step)
    if close:
        logger.close()
    written = read_only(folder)
    logger.close()
    assert [(point.name, point.value, point.step) for point in written.points] == calls
    assert [type(point.value) for point in written.points if point.kind in (FLOAT, INT)] == [
        type(value) for _, value, _ in calls if type(value) in (float, int)
    ]
    assert written.holes == 0


def test_metrics_logged_together_share_their_time_and_step(tmp_path):
    logger = Logger(tmp_path / "run", mode=MODES["mmap"])
    logger.log_metrics({"a": 1.0, "b": 2.0}, 7)
    logger.log_metrics({"a": 3.0, "b": 4.0}, 8)
    first, second = read_only(tmp_path / "run").points[-2:]
    assert (first.value, second.value) == (3.0, 4.0)
    assert (first.time, first.step) == (second.time, second.step)
    assert first.step == 8
    logger.close()


def test_known_names_with_plain_values_never_take_the_slow_path(logger, mode):
    logger.log("a", 1.0)
    logger.log("b", 1)
    taken = logger.slow_calls
    for number in range(100):
        logger.log("a", float(number), "", number)
        logger.log("b", number)
        logger.log_metrics({"a": 1.0, "b": 2.0})
    if mode is MODES["mmap"]:
        assert logger.slow_calls == taken
    else:
        assert logger.slow_calls == taken + 400


class Unwilling:
    def __float__(self):
        raise ArithmeticError("not now")


class Evil(float):
    """A float whose conversion runs code of its own; the closures must leave it to the slow path."""

    def __float__(self):
        raise ArithmeticError("called in the middle of a store")


@pytest.mark.parametrize(
    "value",
    [decimal.Decimal("0.1"), np.float32(0.1), np.float64(0.1), 1 << 63, True, Unwilling(), Evil(0.1), "0.1", None],
)
@pytest.mark.parametrize("step", [None, 3])
def test_a_value_that_is_no_plain_number_is_handed_over_before_a_place_is_taken(tmp_path, value, step):
    handed = []
    logger = Logger(tmp_path)
    logger.log("name", 0.5)
    log = logger.writer.make_log(lambda *call: handed.append(call))
    log_metrics = logger.writer.make_log_metrics(lambda *call: handed.append(call))
    before = logger.writer._point_cells.offset
    log("name", value, "", step)
    log_metrics({"name": value}, step)
    assert logger.writer._point_cells.offset == before
    assert handed == [("name", value, "", step), ({"name": value}, step)]
    logger.close()


@pytest.mark.parametrize("step", [1.0, True, 1 << 63, "1", np.int64(1)])
def test_a_step_that_is_no_plain_integer_is_handed_over_before_a_place_is_taken(tmp_path, step):
    handed = []
    logger = Logger(tmp_path)
    logger.log("name", 0.5)
    before = logger.writer._point_cells.offset
    logger.writer.make_log(lambda *call: handed.append(call))("name", 0.5, "", step)
    logger.writer.make_log_metrics(lambda *call: handed.append(call))({"name": 0.5}, step)
    assert logger.writer._point_cells.offset == before
    assert len(handed) == 2
    logger.close()


@pytest.mark.parametrize(
    ("kind", "value", "step", "error"),
    [
        (PointKind.INT, 1 << 63, None, WrongValueError),
        (PointKind.UINT, -1, None, WrongValueError),
        (PointKind.UINT, 1 << 64, None, WrongValueError),
        (PointKind.FLOAT, 1.0, 1 << 63, WrongValueError),
        (PointKind.FLOAT, Unwilling(), None, ArithmeticError),
    ],
)
@pytest.mark.parametrize("name", ["known", "new"])
def test_a_value_that_does_not_fit_raises_and_leaves_no_trace(logger, tmp_path, kind, value, step, error, name):
    logger.log("known", 0.5)
    before = logger.writer._point_cells.offset
    with pytest.raises(error):
        logger.writer.point(name, kind, value, step)
    assert logger.writer._point_cells.offset == before
    logger.log("known", 1.5)
    written = read_only(tmp_path / "run")
    assert (written.values("known"), written.holes) == ([0.5, 1.5], 0)
    assert logger.writer.lost == (0, 0)


def test_a_float_of_another_library_is_converted_once_and_kept(logger, tmp_path):
    logger.writer.point("name", PointKind.FLOAT, np.float32(0.5), None)
    logger.writer.point("name", PointKind.FLOAT, decimal.Decimal("0.25"), None)
    assert read_only(tmp_path / "run").values("name") == [0.5, 0.25]


def test_another_spelling_of_a_name_becomes_fast_and_keeps_the_series(logger, tmp_path, mode):
    logger.writer.point("Train/loss", PointKind.FLOAT, 1.0, None, alias=" Train/loss ")
    taken = logger.slow_calls
    logger.log(" Train/loss ", 2.0)
    written = read_only(tmp_path / "run")
    assert written.values("Train/loss") == [1.0, 2.0]
    assert logger.slow_calls == taken + (mode is MODES["append"])


def test_payloads_of_every_length_come_back(logger, tmp_path):
    payloads = [bytes([length % 256]) * length for length in (*range(20), 4095, 4096, 4097, 70_000, EVENT_MAX_PAYLOAD)]
    for payload in payloads:
        assert logger.append(payload)
    assert read_only(tmp_path / "run").payloads() == payloads
    logger.close()
    assert read_only(tmp_path / "run").payloads() == payloads


def test_a_payload_over_the_limit_is_refused(logger):
    with pytest.raises(WrongValueError, match="blob"):
        logger.writer.event(LOG, bytes(EVENT_MAX_PAYLOAD + 1))
    assert logger.writer.lost == (0, 0)


def test_state_events_are_in_the_index_of_the_sealed_stream_whichever_way_they_were_written(logger, tmp_path):
    append_state = logger.writer.make_append(STATE, EventFlag.STATE)
    for number in range(3):
        logger.append(b"bulk")
        append_state(b"closure %d" % number)
        logger.writer.event(STATE, b"method %d" % number, EventFlag.STATE)
    logger.close()
    state = [event.payload for event in read_only(tmp_path / "run").state]
    assert state == [text % number for number in range(3) for text in (b"closure %d", b"method %d")]


def test_the_owner_is_told_of_new_files_before_the_record_that_caused_them_is_written(tmp_path, mode):
    logger = Logger(tmp_path, mode=mode, on_begin=lambda writer: writer.event(STATE, b"run", EventFlag.STATE))
    logger.append(b"first")
    logger.append(b"second")
    logger.close()
    assert read_only(tmp_path).payloads() == [b"run", b"first", b"second"]


def test_an_owner_that_was_interrupted_is_told_again(tmp_path, mode):
    interrupts = iter([KeyboardInterrupt()])

    def begin(writer):
        for interrupt in interrupts:
            raise interrupt
        writer.event(STATE, b"run", EventFlag.STATE)

    logger = Logger(tmp_path, mode=mode, on_begin=begin)
    with pytest.raises(KeyboardInterrupt):
        logger.append(b"interrupted")
    logger.append(b"kept")
    logger.close()
    assert read_only(tmp_path).payloads() == [b"run", b"kept"]


def test_a_closed_writer_refuses_and_counts(logger, tmp_path):
    logger.log("name", 1.0)
    logger.append(b"event")
    logger.close()
    logger.close()
    assert not logger.append(b"late")
    assert not logger.writer.point("name", PointKind.FLOAT, 2.0, None)
    logger.log("name", 3.0)
    assert logger.writer.lost == (2, 1)
    assert read_only(tmp_path / "run").values("name") == [1.0]


def test_a_small_writer_leaves_one_file(logger, tmp_path):
    logger.log("name", 1.0)
    logger.append(b"event")
    logger.close()
    assert [path.name for path in (tmp_path / "run").iterdir()] == [f"{logger.writer.writer_id}.pack"]


def test_a_writer_of_points_only_leaves_them_and_no_empty_stream(logger, tmp_path):
    logger.log("name", 1.0)
    logger.close()
    written = read_only(tmp_path / "run")
    assert (written.values("name"), written.events) == ([1.0], [])


def test_flags_and_identity_stand_in_the_header(tmp_path, mode):
    logger = Logger(tmp_path, "the-run", mode=mode, guest=True, late=True)
    logger.append(b"event")
    logger.close()
    written = read_only(tmp_path)
    assert (written.run_id, written.flags, written.mode) == ("the-run", WriterFlag.GUEST | WriterFlag.LATE, mode)


def test_two_writers_of_one_run_keep_apart(tmp_path, mode):
    loggers = [Logger(tmp_path, mode=mode) for _ in range(2)]
    for number, logger in enumerate(loggers):
        logger.log("name", float(number))
        logger.append(b"%d" % number)
    for logger in loggers:
        logger.close()
    written = read_folder(tmp_path)
    assert {one: content.values("name") for one, content in written.items()} == {
        logger.writer.writer_id: [float(number)] for number, logger in enumerate(loggers)
    }
