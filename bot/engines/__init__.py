"""Engines: what carries out an agent's task."""
