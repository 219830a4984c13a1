"""Feeds, the advisory store, matching, and whose word counts."""
