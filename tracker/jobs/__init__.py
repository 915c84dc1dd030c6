"""Match jobs as rules: states, and how far one is."""
