"""Where a target comes from, one file per place."""
