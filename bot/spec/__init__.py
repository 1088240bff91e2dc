"""Reads and checks the spec: every problem at once, each with its place and in plain words."""
