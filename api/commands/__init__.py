"""One module a command. At import they need click and the standard library alone; the rest waits until they run."""
