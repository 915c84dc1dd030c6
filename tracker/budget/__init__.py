"""The budget: allocations, commitments, actuals, virements and forecasts, line by line, in integer pence."""
