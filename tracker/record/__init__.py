"""The record: database engine, entries, facts in two times, locks, the audit chain, sealed values."""
