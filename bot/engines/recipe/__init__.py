"""The dead-code recipe: finds what nothing uses, removes it, and says what it looked at."""
