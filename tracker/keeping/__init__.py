"""How long what is kept, what an erasure reaches, what a subject access answers: rules only."""
