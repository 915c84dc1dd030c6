"""Evaluation: pseudonymous cohorts, protected tables, equality review, comparison and power."""
