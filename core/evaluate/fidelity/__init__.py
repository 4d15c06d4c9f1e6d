"""How faithful a copy is."""
