"""One file per room of targets; each has a dictionary ``TARGETS`` of targets by public name."""
