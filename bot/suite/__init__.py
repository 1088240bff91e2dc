"""Runs a project's test suite on one tree and reads what it reports."""
