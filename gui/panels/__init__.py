"""Panels beside the pages: inspectors and the jobs panel."""
