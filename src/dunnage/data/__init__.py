"""Facts that are not code, as TOML tables."""
