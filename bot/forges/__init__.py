"""Forges: adapters to where pull requests live."""
