"""Crimes and their versions: three file formats, the rules of rows and whole batches, signs of a shifted batch."""
