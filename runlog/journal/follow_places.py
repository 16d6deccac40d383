"""How far a run was followed: to be kept, and gone on from by another process."""

from __future__ import annotations

import msgspec


class EventPlace(msgspec.Struct, array_like=True, frozen=True):
    """Behind the last event that was read of one stream."""

    writer: str
    stream: int
    segment: int
    offset: int


class PointPlace(msgspec.Struct, array_like=True, frozen=True):
    """Behind the last point that was read of one writer."""

    writer: str
    segment: int
    offset: int
    names: list[tuple[int, str]]
    """The names that its series have, as far as they were defined before this place."""


class FollowPlaces(msgspec.Struct, array_like=True, frozen=True):
    """The places in the streams of one run."""

    events: list[EventPlace] = []
    points: list[PointPlace] = []
