"""Compiled loops of the questions. They stand apart from `matcher.kernels`, so that neither is compiled anew for the
other, and know its tuples only as plain arrays."""
