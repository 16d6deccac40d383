"""A run read back: metrics, series, log records, files, frames."""
