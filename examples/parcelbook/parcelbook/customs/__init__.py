"""Duties on parcels that leave the customs union."""
