"""One file a command. Only here is anything printed to standard output."""
