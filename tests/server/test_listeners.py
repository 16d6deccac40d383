"""Who listens for changes: told of each, cheap, and gone when it goes, or when its token does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlog.server.database import Database
from runlog.server.news import News
from runlog.server.roles import Role
from runlog.server.tokens import Tokens
from runlog.store.contract import Changes
from support.server_process import Client
from support.waiting import until

DAY = 86_400


class Listener:
    """Events as they come, each as its kind, its id and its content."""

    def __init__(self, url, token, query="", headers=None):
        self._client = Client(url, token)
        self._answer = self._client("GET", f"/api/v1/events{query}", stream=True, headers=headers)
        self.status = self._answer.status_code
        self._pieces = self._answer.iter_content(chunk_size=None)
        self._kept = b""

    def next(self):
        """The next event; None at the stream's end."""
        while b"\r\n\r\n" not in self._kept:
            piece = next(self._pieces, None)
            if piece is None:
                return None
            self._kept += piece
        event, _, self._kept = self._kept.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in event.decode().split("\r\n"))
        if "event" not in fields:  # a comment that shows that the connection stands
            return self.next()
        return fields["event"], int(fields["id"]), json.loads(fields["data"])

    def close(self):
        self._answer.close()
        self._client.close()


@pytest.fixture
def listen():
    """`listen(server, query, token=, headers=)`: a listener that is closed with the test."""
    with contextlib.ExitStack() as stack:

        def begin(server, query="", token=None, headers=None):
            listener = Listener(server.url, token or server.tokens["reader"], query, headers)
            stack.callback(listener.close)
            return listener

        yield begin


@pytest.fixture
def tokens(request):
    """`tokens(server)`: its tokens, to make and revoke some."""

    def open_in(server):
        database = Database(server.folder)
        request.addfinalizer(database.close)
        return Tokens(database)

    return open_in


def claim(server, run_id):
    assert server.client("writer")("PUT", f"/api/v1/runs/{run_id}").status_code == 201


def test_everybody_who_listens_is_told_of_the_same_change(start_server, listen):
    server = start_server()
    listeners = [listen(server) for _ in range(20)]
    assert {one.next()[0] for one in listeners} == {"begin"}
    claim(server, "news")
    events = [one.next() for one in listeners]
    assert all(event == events[0] for event in events)
    kind, _, content = events[0]
    assert (kind, content) == ("runs", {"changed": ["news"], "deleted": []})
    assert server.client("admin")("DELETE", "/api/v1/runs/news").status_code == 204
    assert {json.dumps(one.next()[2]) for one in listeners} == {json.dumps({"changed": [], "deleted": ["news"]})}


def test_who_was_away_is_told_what_it_missed(start_server, listen):
    server = start_server()
    claim(server, "before")
    first = listen(server)
    _, known, _ = first.next()
    claim(server, "missed")
    _, newest, content = first.next()
    assert content["changed"] == ["missed"]
    claim(server, "newest")
    assert first.next()[2]["changed"] == ["newest"]
    assert listen(server, headers={"Last-Event-ID": str(known)}).next()[2]["changed"] == ["missed", "newest"]
    assert listen(server, f"?since={newest}").next()[2]["changed"] == ["newest"]
    assert listen(server, "?since=0").next()[2]["changed"] == ["before", "missed", "newest"]


def test_who_follows_one_run_is_sent_it_and_told_of_no_other(start_server, listen):
    server = start_server()
    claim(server, "mine")
    listeners = [listen(server, "?run=mine") for _ in range(3)]
    assert {one.next()[0] for one in listeners} == {"begin"}
    claim(server, "another")
    assert server.client("admin")("DELETE", "/api/v1/runs/mine").status_code == 204
    for one in listeners:
        assert one.next()[::2] == ("deleted", {"id": "mine"})
    claim(server, "mine")
    for one in listeners:
        kind, _, content = one.next()
        assert (kind, content["id"]) == ("run", "mine")


def test_what_others_write_into_the_folder_is_told_too(start_server, listen):
    server = start_server()
    listener = listen(server)
    assert listener.next()[0] == "begin"
    (server.folder / "runs" / "local").mkdir(parents=True)
    assert listener.next()[2] == {"changed": ["local"], "deleted": []}


def test_a_listener_that_goes_makes_room_at_once(start_with, listen):
    server = start_with(listeners=2, token_listeners=2)
    first, second = listen(server), listen(server)
    assert (first.next()[0], second.next()[0]) == ("begin", "begin")
    refused = listen(server)
    assert refused.status == 429
    first.close()

    def can_listen():
        one = listen(server)
        return one.status == 200 and one.next()[0] == "begin"

    until(can_listen)


def test_one_token_does_not_have_all_places(start_with, listen):
    server = start_with(listeners=4, token_listeners=2)
    assert [listen(server).status for _ in range(3)] == [200, 200, 429]
    assert listen(server, token=server.tokens["admin"]).status == 200


def test_a_stream_ends_with_the_token_that_it_was_begun_with(start_server, listen, tokens):
    server = start_server()
    token, secret = tokens(server).create("leaves", Role.READER)
    listener, another = listen(server, token=secret), listen(server)
    assert (listener.next()[0], another.next()[0]) == ("begin", "begin")
    tokens(server).revoke(token.id)
    assert listener.next() is None
    claim(server, "later")
    assert another.next()[2]["changed"] == ["later"]


def test_a_stream_ends_when_its_token_expires(start_server, listen, tokens):
    server = start_server()
    _, secret = tokens(server).create("short", Role.READER, days=5 / DAY)
    listener = listen(server, token=secret)
    assert listener.next()[0] == "begin"
    assert listener.next() is None


def processor_seconds(server) -> float:
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_those_who_listen_cost_next_to_nothing(start_server, listen):
    server = start_server()
    for number in range(1000):
        (server.folder / "runs" / f"run{number}").mkdir(parents=True)
    listeners = [listen(server) for _ in range(100)]
    assert {one.next()[0] for one in listeners} == {"begin"}
    before = processor_seconds(server)
    threading.Event().wait(6)
    used = processor_seconds(server) - before
    assert used < 1.5  # of the processor's own time: each for itself they took all that there was


# -- what is held for those who are behind ------------------------------------------------------------------------------

LOOKS = st.lists(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=3), max_size=12)


@given(looks=LOOKS, held=st.integers(1, 6))
def test_whoever_is_behind_hears_the_last_of_each_run_or_asks_the_store(looks, held):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("runlog.server.news.HELD", held)
        asyncio.run(check_news(looks))


async def check_news(looks):
    news = News(lambda: None)
    news.begin()
    told, revision = [(0, {})], 0
    for look in looks:
        last = {}
        for run_id, is_there in look:
            last.pop(run_id, None)
            last[run_id] = is_there
        changed = Changes(revision + bool(last), [a for a in last if last[a]], [a for a in last if not last[a]])
        news.publish(revision, changed)
        await asyncio.sleep(0)
        revision = changed.revision
        told.append((revision, last))
    assert news.revision == revision
    assert news.holds(revision)
    for known in range(revision + 1):
        if news.holds(known):
            expected = {}
            for number, last in told:
                if number > known:
                    expected |= last
            batch = news.after(known)
            found = {} if batch is None else dict.fromkeys(batch.changes.run_ids, True)
            found |= {} if batch is None else dict.fromkeys(batch.changes.deleted, False)
            assert found == {key: expected[key] for key in found}
            assert set(found) == {key for number, last in told if number > known for key in last}
            assert batch is None or batch.changes.revision == revision
