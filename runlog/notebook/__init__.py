"""What a notebook shows for a run, an experiment or a list of runs."""
