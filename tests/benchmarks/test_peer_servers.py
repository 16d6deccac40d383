"""What other trackers' servers get."""

from benchmarks.peer_servers.points import METRICS, rows


def test_every_server_gets_the_same_points():
    assert list(rows(200)) == list(rows(200))


def test_there_are_as_many_points_as_were_asked_for():
    assert sum(len(values) for _, values in rows(1_000)) == 1_000
    assert {name for _, values in rows(1_000) for name in values} == set(METRICS)
