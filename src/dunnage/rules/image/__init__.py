"""What is wrong with an image as it was built, one file per rule."""
