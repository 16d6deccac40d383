"""Full-text search over the log records of all runs."""
