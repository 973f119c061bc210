"""Labels as numbers, the head that is trained on features, and how well it does (notebooks 04 to 06)."""
