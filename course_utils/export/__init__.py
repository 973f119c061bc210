"""Take a trained classifier along (notebook 10)."""
