"""Which wearer had which device: rows out of files, and the rule that one device never has two wearers at once."""
