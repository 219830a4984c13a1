"""What is wrong, and why: one file per rule, one folder per kind of thing examined."""
