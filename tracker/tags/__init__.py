"""Tags, the licence they are worn on, and when somebody was monitored: rules only."""
