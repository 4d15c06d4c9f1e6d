"""How sensitive groups fare in a copy, beside the real table."""
