"""What a run ran on: gathered beside the run, one module for each fact.

``capture`` is what a run calls; ``gathering`` has a child process look (``child``), so that the training process
neither imports nor waits. The modules of the facts import nothing of runlog but each other and :mod:`runlog.redaction`.
"""
