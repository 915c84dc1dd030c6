"""Who may be tagged and who may be crime-mapped: criteria, three decisions never merged, release lists. Rules only."""
