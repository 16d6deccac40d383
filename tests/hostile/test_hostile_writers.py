"""Whatever a writer sends, the server goes on: others are answered as before, and nothing outside is touched."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from runlog.journal.format import EventFlag
from runlog.log_record import decode_log
from runlog.records import EventKind, decode, type_of
from support.hostile import writers
from support.hostile.drawing import rounds
from support.hostile.events import event_places, samples, told
from support.hostile.sample import ALL
from support.hostile.segments import odd_segments
from support.hostile.server import watched_server
from support.hostile.values import TEXTS, drawn_values, hostile_values

pytestmark = pytest.mark.fuzz


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with watched_server(tmp_path_factory.mktemp("hostile")) as started:
        yield started


@cache
def events_of(server):
    return samples(server.workspace / "runs" / ALL)


@cache
def places_of(server):
    return event_places(events_of(server))


@cache
def values_for(server):
    return drawn_values(server.folder / "canary" / "secret")


def test_the_sample_has_an_event_of_every_kind(server):
    without_payload = {EventKind.POINT}  # is no event but a point that went another way
    assert {event.kind for event in events_of(server)} == set(EventKind) - without_payload


def test_what_is_filled_into_the_sample_can_be_read(server):
    for event in events_of(server):
        if event.kind == EventKind.LOG:
            decode_log(event.encoded())
        elif (kind := type_of(event.kind)) is not None and not event.flags & EventFlag.BLOB:
            decode(kind, event.encoded())


@given(data=st.data())
@rounds(0.1)
def test_a_hostile_value_anywhere_in_an_event_harms_nobody(server, data):
    events = events_of(server)
    at = data.draw(st.sampled_from(places_of(server)))
    hostile = data.draw(values_for(server))
    note(f"{told(events, at)} <- {hostile}")
    assert writers.attack_event(server, events, at, hostile) == []


@given(data=st.data())
@rounds(0.08)
def test_a_segment_whose_own_fields_are_hostile_harms_nobody(server, data):
    texts = [one for one in hostile_values(server.folder / "canary" / "secret") if one.label in TEXTS]
    odd = data.draw(st.sampled_from(odd_segments(texts)))
    note(odd.label)
    assert writers.attack_segment(server, odd) == []


def test_a_server_full_of_hostile_runs_ends_at_a_signal_and_starts_again_as_it_was(tmp_path):
    with watched_server(tmp_path / "full") as server:
        events, places = events_of(server), places_of(server)
        values = hostile_values(server.folder / "canary" / "secret")
        for number, hostile in enumerate(values):
            writers.send_event(server, events, places[number * 37 % len(places)], hostile)
        assert server.faults() == []
        assert server.stop() == []
        server.process.start()
        assert server.faults() == []
        assert server.stop() == []
