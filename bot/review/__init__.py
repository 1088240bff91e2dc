"""Review: the host's own `references` lens, and what makes a change accepted."""
