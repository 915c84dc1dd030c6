"""Duties of the papers: when each is due, whether it is done, which are overdue."""
