"""Boroughs, phases and their launches; places and capacity under the running maximum."""
