"""Knife crime by borough and year, as published; and which boroughs a programme could take next."""
