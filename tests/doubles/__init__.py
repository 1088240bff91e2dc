"""Stand-ins for services, each a real server on the loopback."""
