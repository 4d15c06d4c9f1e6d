"""The window: PySide6 widgets over core. It never computes; two worker processes do."""
