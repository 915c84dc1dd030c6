"""Matches under review: assigned, confirmed or rejected, released to a recipient, recalled."""
