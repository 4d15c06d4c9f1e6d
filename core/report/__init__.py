"""HTML reports from templates."""
