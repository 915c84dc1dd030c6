"""What may leave in a table: nothing below k, nor anything from which that could be worked out."""
