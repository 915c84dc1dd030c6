"""Which wearers may be matched and when: all that the matcher receives about people."""
