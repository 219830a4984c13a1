"""The targets of the fuzzer: what they read, where they start, and what they promise."""
