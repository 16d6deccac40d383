"""Found by an interpreter as it starts: tells of files opened where they should not be, and of threads that die."""

from __future__ import annotations

import os

if "WATCHED_OPENS" in os.environ:
    from support.hostile.watch import begin

    begin(os.environ["WATCHED_OPENS"], os.environ["WATCHED_PLACES"].split(os.pathsep))
