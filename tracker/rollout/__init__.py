"""Where and when the programme runs, and for how many: rules only."""
