"""Loading a policy and judging findings by it."""
