"""Tags in stock and on wearers, their moves, and the price of lost ones."""
