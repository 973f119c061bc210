"""What an instructor needs before and in a class."""
