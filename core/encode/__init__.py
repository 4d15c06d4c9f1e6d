"""Encoders: columns to numbers and back."""
