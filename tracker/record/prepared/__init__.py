"""Rows and audit rows that are made before the record's lock is taken."""
