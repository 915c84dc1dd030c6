"""What the index keeps of a day's paths, and how trails are put together of it without reading what is far away."""
