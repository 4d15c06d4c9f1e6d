"""Threshold contracts, one file each."""
