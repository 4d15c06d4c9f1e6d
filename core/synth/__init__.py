"""Synthetic rows from a fitted model."""
