"""Texts to the people who wait for a parcel."""
