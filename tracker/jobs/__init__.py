"""Jobs of the workers: matches, imports and cohort exports."""
