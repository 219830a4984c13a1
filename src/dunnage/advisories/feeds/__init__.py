"""One file per advisory feed."""
