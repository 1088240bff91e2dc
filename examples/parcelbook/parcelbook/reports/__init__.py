"""Figures of the depot: every name that is exported here is a line of the report."""

from parcelbook.reports.formulas import average_price, parcels_in_book, total_price

__all__ = ["parcels_in_book", "total_price", "average_price"]
