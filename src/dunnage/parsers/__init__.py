"""Pure readers: bytes or text in, values out."""
