"""The book in other programs' formats."""
