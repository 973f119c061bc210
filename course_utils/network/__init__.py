"""MobileNet: loaded, cut, run by its engines, and the features that it gives (notebooks 01, 05 and 10)."""
