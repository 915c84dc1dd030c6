"""The same window on other days: when it counts, when the pair would be a candidate, how near it came."""
