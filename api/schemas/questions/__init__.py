"""Answers to questions without a crime, and what is asked."""
