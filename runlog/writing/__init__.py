"""What ``run.log`` and its kin do with a value on its way into the journal."""
