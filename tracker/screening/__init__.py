"""Screening for a tag, the three decisions, and release lists."""
