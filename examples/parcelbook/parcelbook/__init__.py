"""The book of a small parcel depot."""

__version__ = "1.4.0"
