"""Ways to make it better."""
