"""Writers: one file a format; each turns batches into a file, formula-safe."""
