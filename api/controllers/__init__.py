"""Requests in, Structs out: thin, each asks one module of `api` and returns."""
