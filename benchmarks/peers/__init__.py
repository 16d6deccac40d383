"""Experiment trackers, each in an environment and a process of its own: what a metric costs the caller.

A peer is a module with ``REQUIREMENTS`` for pip, and ``cases(folder)``, a context manager that opens a run and yields
statements: ``one`` logs one scalar with a step, ``ten`` logs ten. It imports the standard library and the peer alone.
Besides: ``catalog`` lists the peers, ``environments`` installs them, ``session`` measures, ``command`` prints.
"""
