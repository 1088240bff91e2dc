"""Accepted changes become landing units, layers and stacks of pull requests."""
