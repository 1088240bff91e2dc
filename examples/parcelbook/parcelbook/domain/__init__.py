"""The things that a depot handles."""
