"""Orderings of versions, one file each, as byte strings that sort like the versions."""
