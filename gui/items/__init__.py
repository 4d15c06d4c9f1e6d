"""Item models, delegates and headers of the grids."""
