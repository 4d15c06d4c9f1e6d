"""Release: a policy decides whether a copy leaves the house, and the evidence travels with it."""
