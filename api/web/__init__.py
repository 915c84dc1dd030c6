"""Pages for people with a browser, under /app, over the same use-cases as the JSON."""
