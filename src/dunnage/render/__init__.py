"""One output format each; the file name is the public name."""
