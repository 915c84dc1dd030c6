"""Crime reports out of other people's files: three formats, one row type, and the rules of rows and whole batches."""
