"""Personal values: recognised by what a column holds, and replaced by fictitious ones that look valid."""
