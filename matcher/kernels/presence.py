"""How probable it is that someone was in the disc, from fixes that err."""

RADIUS_68 = 1.5096
"""68 % of a circular Gaussian error lies within this many standard deviations."""
