"""The write path: what a process puts on disk for a run, and how it is read back.

Files, records and checks are described in ``docs/journal-format.md``. This package knows nothing of the rest of runlog
but its errors.
"""
