"""Dialogs: errors, settings, keys, the palette."""
