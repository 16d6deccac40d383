"""Child processes that make calls when told to, so that subjects that can't share a process can be measured in turn."""
