"""Lines of a container with the engine's stamps, where what the container writes redraws itself."""

from __future__ import annotations

from runlog.sources.stamped_lines import StampedLines


def test_a_display_is_its_last_state_with_the_stamp_of_that():
    taken: list[tuple[str, int]] = []
    lines = StampedLines(lambda text, stamp: taken.append((text, stamp)))
    lines.begin()
    lines.feed(b"2024-01-01T00:00:00Z begun\n")
    for second in range(10):
        for row in (b"\x1b[?25l\x1b[2Aone %d\n" if second else b"\x1b[?25lone %d\n", b"two %d\n"):
            lines.feed(b"2024-01-01T00:00:0%dZ " % second + row % second)
    lines.feed(b"2024-01-01T00:00:10Z \x1b[?25hended\n")
    lines.flush()
    begin = taken[0][1]
    assert taken == [
        ("begun", begin),
        *((line, begin + 9 * 10**9) for line in ("one 9", "two 9")),
        ("ended", begin + 10**10),
    ]
