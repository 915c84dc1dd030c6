"""Answers to questions without a crime, in words."""
