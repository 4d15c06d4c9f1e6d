"""Model families: one file (or package) each."""
