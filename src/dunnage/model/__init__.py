"""The nouns of the house: frozen values, with msgspec and the standard library only."""
