"""What each run is and how it stands, in tables made from the journals, so that thousands of runs are found at once."""
