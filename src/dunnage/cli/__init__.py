"""Arguments in, flow called, bytes and exit code out."""
