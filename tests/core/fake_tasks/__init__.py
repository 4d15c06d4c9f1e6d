"""A package of tasks for the tests of workers."""
