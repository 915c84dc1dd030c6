"""Questions without a crime."""
