"""What a workspace knows beside its runs: a small record for each experiment and each version of a model."""
