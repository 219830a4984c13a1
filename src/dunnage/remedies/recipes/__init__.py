"""One file for each language; its name is that of the language in ``data/bases.toml``."""
