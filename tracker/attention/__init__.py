"""What speaks against a place or a tag, and what was settled with a reason; who may have a place."""
