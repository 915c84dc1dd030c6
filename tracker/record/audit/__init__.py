"""The audit: rows, chain and keyed digests, heads, and the verification of all of them."""
