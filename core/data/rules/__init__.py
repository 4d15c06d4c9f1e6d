"""Rules that the rows of a table keep: found in the data, told in words, obeyed by copies."""
