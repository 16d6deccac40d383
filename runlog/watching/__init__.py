"""Runs followed from outside: conditions on their metrics, their ends, and who is told of them."""
