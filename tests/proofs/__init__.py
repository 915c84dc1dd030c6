"""Simulations that hold the matcher's probabilities to account, and the figures they leave behind."""
