"""What is installed, one file per package format."""
