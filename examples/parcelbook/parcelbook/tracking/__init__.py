"""Numbers of parcels, and what happens to them."""
