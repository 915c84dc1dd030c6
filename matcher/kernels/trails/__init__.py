"""From rows to trails: permitted rows, one row an instant, no evidence left out, the path drawn, blocks and nodes."""
