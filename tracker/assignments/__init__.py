"""Assignments: which wearer had which device and when, and the rule that a device never has two wearers at once."""
