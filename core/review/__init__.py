"""Review: queue, verdicts, case file."""
