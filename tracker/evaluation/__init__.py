"""For evaluators: cohorts that identify nobody, and what they can carry."""
