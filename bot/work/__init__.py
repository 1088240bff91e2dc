"""A worker's attempts: from a task over an overlay to a change."""
