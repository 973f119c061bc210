"""Checks of answers and of the machine, and the notes that a class may keep of them (notebook 00)."""
