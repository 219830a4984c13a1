"""Rules about GitHub workflows that build, scan or run containers: one file each."""
