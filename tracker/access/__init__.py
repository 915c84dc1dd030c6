"""Users, their roles and rights, login sessions, and the keys of repeated requests."""
