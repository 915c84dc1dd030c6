"""People, their identities and addresses."""
