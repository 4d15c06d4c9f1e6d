"""Item models and delegates of the grids."""
