"""Imports and single crimes that are withdrawn, what rests on them, and the way back."""
