"""Handing parcels out: locker doors and the labels on them."""
