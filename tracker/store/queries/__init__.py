"""Queries, each written once."""
