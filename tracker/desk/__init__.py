"""Beside the judging of matches: notes on them, and which are new."""
