"""The only shared access to the outside: network, files, decompression, cache directory."""
