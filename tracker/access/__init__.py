"""Who may do what. Pure: no passwords, no HTTP."""
