"""Where runs are kept and read back from."""
