"""Detection: calibration, thresholds, reasons."""
