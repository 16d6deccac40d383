"""Hostile values for every place of what runlog reads, and the processes that read them under watch."""
