"""Other libraries' ways of logging, led to runlog. Each module imports its library when it is imported itself."""
