"""Which process may open a run's next attempt, for the moment that it takes."""

from __future__ import annotations

from runlog.journal import real_time
from runlog.server.database import Database

LEASE = 60.0
"""Seconds for which the right holds: between looking at the run and writing the attempt's first record."""


class Attempts:
    """Rights that were given, each to one holder for a minute."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, run_id: str, holder: str) -> tuple[bool, float]:
        """Ask for the right.

        Args:
            run_id: of the run.
            holder: who asks; asking again renews it.

        Returns:
            whether it is given, and for how many seconds it holds, or may still be another's.
        """
        now = real_time.wall_ns()
        until = now + int(LEASE * 1e9)
        with self._database.writing() as connection:
            connection.execute("DELETE FROM attempts WHERE until <= ?", (now,))
            connection.execute(
                "INSERT INTO attempts (run, holder, until) VALUES (?1, ?2, ?3)"
                " ON CONFLICT (run) DO UPDATE SET until = ?3 WHERE holder = ?2",
                (run_id, holder, until),
            )
            has, left = connection.execute("SELECT holder, until FROM attempts WHERE run = ?", (run_id,)).fetchone()
        return has == holder, (left - now) / 1e9

    def give_back(self, run_id: str, holder: str) -> None:
        """Have the right no more. Nothing happens where it is another's."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM attempts WHERE run = ? AND holder = ?", (run_id, holder))
