"""What may be spent, what is promised and what went: rules only. Integer pence throughout."""
