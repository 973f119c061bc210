"""The files that belong to others, and what stands in where they can't be had (notebook 00)."""
