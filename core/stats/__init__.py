"""Shared arithmetic on arrays."""
