"""Whether what a home holds is what was written, and whether it is all there."""
