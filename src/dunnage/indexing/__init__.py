"""The single pass over layers, the cache of what was seen, and the fold into an inventory."""
