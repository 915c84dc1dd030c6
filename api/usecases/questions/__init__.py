"""Questions without a crime: who was here, who was together, who is at several crimes."""
