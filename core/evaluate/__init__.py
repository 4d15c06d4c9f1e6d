"""Evaluation of synthetic copies: one metric a file, each with its reference rows."""
