"""What spoils training, and how it is found: in pictures, in a pipeline, in features and labels (notebook 07)."""
