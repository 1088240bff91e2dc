"""Gatecrew: a crew of agents does the work; your test suite is the gate."""
