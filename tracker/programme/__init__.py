"""A programme and the entries of its papers: sections, queries, contradictions, money carried forward."""
