"""The query language for runs: one for Python, the command line, and whatever shows runs."""
