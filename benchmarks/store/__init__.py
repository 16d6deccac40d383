"""What the store answers, and how much room it takes: runs, series, log search."""
