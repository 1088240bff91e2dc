"""Starts processes, watches what they use, and kills whatever they leave behind. The only room that does."""
