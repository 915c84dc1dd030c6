"""Batches of crimes as a desk follows them: what came, what became of it, and how two versions of one differ."""
