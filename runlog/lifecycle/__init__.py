"""How a run begins and ends: identity, joining, capture of logging, outputs, exits of the process, notices."""
