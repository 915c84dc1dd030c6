"""Projections: what follows from the facts as known now, kept beside them so that a list is read in SQL."""
