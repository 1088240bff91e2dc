"""Ports: what the product needs of engines, forges, sandboxes and watchers. Adapters are on floor 2."""
