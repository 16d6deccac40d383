"""The same points sent to other trackers' servers: what `make bench-server` shows beside runlog's."""
