"""Retention periods, purging, erasure of a person, subject access requests."""
