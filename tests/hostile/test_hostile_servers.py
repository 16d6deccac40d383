"""Whatever a server answers, and whoever asks it: programs come to their end, and nothing outside is touched."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from support.hostile.drawing import rounds
from support.hostile.sent import attack_request, request_places
from support.hostile.servers import ASKING, CALLS, TRAIN, hostile_server, told
from support.hostile.values import drawn_values

pytestmark = pytest.mark.fuzz


@pytest.fixture(scope="module")
def between(tmp_path_factory):
    """A client's machine and a server, with what hands requests on between them."""
    with hostile_server(tmp_path_factory.mktemp("hostile") / "both") as both:
        yield both


@cache
def values_for(between):
    return drawn_values(between.folder / "canary" / "secret")


@cache
def places_asked(between):
    asked = between.asked_by(ASKING)
    assert len({route for route, _ in asked}) > 15, "most routes are asked for"
    return request_places(asked)


def place_of(between, data, argv):
    """A place of an answer; each route is drawn as often as any other."""
    places = between.answers_of(argv)
    route = data.draw(st.sampled_from(sorted({one.route for one in places})))
    return data.draw(st.sampled_from([one for one in places if one.route == route]))


@given(data=st.data())
@rounds(0.1)
def test_a_hostile_value_anywhere_in_an_answer_harms_no_program(between, data):
    argv = data.draw(st.sampled_from([one for one in CALLS if one[1:] != ("sync",)]))
    place, hostile = place_of(between, data, argv), data.draw(values_for(between))
    note(f"{told(argv)}: {place} <- {hostile}")
    assert between.attack(place, hostile, argv) == []


@given(data=st.data())
@rounds(0.03)
def test_training_comes_to_its_end_whatever_a_server_answers(between, data):
    place, hostile = place_of(between, data, (TRAIN,)), data.draw(values_for(between))
    note(f"{place} <- {hostile}")
    assert between.attack(place, hostile, (TRAIN,)) == []


@given(data=st.data())
@rounds(0.2)
def test_a_hostile_value_anywhere_in_a_request_harms_nobody(between, data):
    place = data.draw(st.sampled_from(places_asked(between)))
    hostile = data.draw(values_for(between))
    note(f"{place} <- {hostile}")
    assert attack_request(between.server, place, hostile) == []
