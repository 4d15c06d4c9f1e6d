"""Use cases: one frozen request and one function a file."""
