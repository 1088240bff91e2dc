"""Settings of a depot."""
