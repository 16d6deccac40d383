"""Who asks for much waits behind its own requests, and keeps nobody else waiting."""

from __future__ import annotations

import asyncio
import threading

import pytest

from runlog.server.refusals import RefusalError
from runlog.server.turns import Turns
from support.waiting import until

HERE = bool
"""Of who asks: it is never gone."""


def test_one_holder_works_so_often_at_once_and_others_beside_it():
    working, most, go_on = [], [], threading.Event()

    def work(holder):
        working.append(holder)
        most.append(working.count(holder))
        go_on.wait(30)
        working.remove(holder)
        return holder

    async def ask():
        turns = Turns(threads=4, share=2)
        greedy = [asyncio.create_task(turns.run("greedy", lambda: work("greedy"), HERE)) for _ in range(20)]
        await asyncio.to_thread(until, lambda: working.count("greedy") == 2)
        other = asyncio.create_task(turns.run("other", lambda: work("other"), HERE))
        await asyncio.to_thread(until, lambda: "other" in working)
        assert sorted(working) == ["greedy", "greedy", "other"]
        go_on.set()
        assert await other == "other"
        assert await asyncio.gather(*greedy) == ["greedy"] * 20

    asyncio.run(ask())
    assert max(most) == 2


def test_what_nobody_waits_for_any_more_is_not_done():
    done = []

    async def ask():
        with pytest.raises(RefusalError):
            await Turns(1, 1).run("one", lambda: done.append(1), lambda: True)

    asyncio.run(ask())
    assert done == []


def test_a_fault_of_the_work_is_the_askers_and_gives_the_turn_back():
    async def ask():
        turns = Turns(1, 1)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await turns.run("one", lambda: 1 // 0, HERE)
        return await turns.run("one", lambda: "works", HERE)

    assert asyncio.run(ask()) == "works"
