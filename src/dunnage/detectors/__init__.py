"""What hides in the content of files, one file per kind."""
