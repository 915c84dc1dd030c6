"""CSV files of any origin: records, fields and instants out of text, and what is wrong with those that are not."""
