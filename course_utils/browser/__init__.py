"""What runs in a browser, in JavaScript: the parts of a page, the engine, the trainer's widgets (notebooks 07, 12)."""
