"""The merge gate: the project's own suite decides, test by test, against a measured baseline."""
