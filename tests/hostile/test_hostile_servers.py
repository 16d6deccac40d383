"""Whatever a server answers, and whoever asks it: programs come to their end, and nothing outside is touched."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from support.hostile.drawing import rounds
from support.hostile.sent import attack_request, request_places
from support.hostile.servers import CALLS, TRAIN, hostile_server, told
from support.hostile.values import drawn_values

pytestmark = pytest.mark.fuzz


@pytest.fixture(scope="module")
def between(tmp_path_factory):
    """A client's machine and a server; what was asked and answered once is recorded."""
    with hostile_server(tmp_path_factory.mktemp("hostile") / "both") as both:
        faults = both.record()
        assert faults == []
        yield both


@cache
def values_for(between):
    return drawn_values(between.folder / "canary" / "secret")


@cache
def places_asked(between):
    return request_places(between.asked)


def test_every_call_asks_the_server_and_most_of_its_routes_are_asked_for(between):
    assert set(between.routes) == set(CALLS)
    routes = {place.route for place in between.places}
    assert len(routes) > 20, routes


@given(data=st.data())
@rounds(0.2)
def test_a_hostile_value_anywhere_in_an_answer_harms_no_program(between, data):
    route = data.draw(st.sampled_from(sorted({place.route for place in between.places})))
    place = data.draw(st.sampled_from([one for one in between.places if one.route == route]))
    argv = data.draw(st.sampled_from(between.calls_of(place)))
    hostile = data.draw(values_for(between))
    note(f"{told(argv)}: {place} <- {hostile}")
    assert between.attack(place, hostile, argv) == []


@given(data=st.data())
@rounds(0.05)
def test_training_comes_to_its_end_whatever_a_server_answers(between, data):
    place = data.draw(st.sampled_from([one for one in between.places if one.route in between.routes[(TRAIN,)]]))
    hostile = data.draw(values_for(between))
    note(f"{place} <- {hostile}")
    assert between.attack(place, hostile, (TRAIN,)) == []


@given(data=st.data())
@rounds(0.3)
def test_a_hostile_value_anywhere_in_a_request_harms_nobody(between, data):
    place = data.draw(st.sampled_from(places_asked(between)))
    hostile = data.draw(values_for(between))
    note(f"{place} <- {hostile}")
    assert attack_request(between.server, place, hostile) == []
