"""Use-cases: read, apply the pure rules, save, in one transaction."""
