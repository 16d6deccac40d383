"""A disk that takes long to refuse is not asked at every call."""

from __future__ import annotations

import time

from runlog.journal.respite import IN_A_ROW, SLOW, Respite


def test_a_disk_that_refuses_quickly_is_asked_again_at_once():
    respite = Respite()
    for _ in range(100):
        respite.failed(SLOW / 10)
        assert respite.is_over


def test_a_single_slow_refusal_may_be_the_schedulers_doing():
    respite = Respite()
    for _ in range(100):
        respite.failed(1.0)
        respite.failed(SLOW / 10)
        assert respite.is_over


def test_a_disk_that_is_slow_to_refuse_is_left_alone_and_then_tried_again():
    respite = Respite()
    for _ in range(IN_A_ROW):
        assert respite.is_over
        respite.failed(2 * SLOW)
    assert not respite.is_over
    while not respite.is_over:
        time.sleep(SLOW)
    respite.failed(2 * SLOW)
    assert not respite.is_over
