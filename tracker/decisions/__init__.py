"""Decision papers as data, and recording their entries from a file or one by one."""
