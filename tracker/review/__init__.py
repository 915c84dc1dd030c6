"""A candidate match from the matcher's list to somebody's desk: the rules."""
