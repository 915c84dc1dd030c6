"""Mutation testing: a small change is made to a file of the product, and its tests must notice.

A *mutant* is the file with one such change; the operators that make them are cosmic-ray's. It is *killed* where a test
fails, and *survives* where none does. `make prove` tries a sample; `python -m tests.mutation` tries others.
"""
