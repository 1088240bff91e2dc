"""The vocabulary: frozen records and names, used by every floor. Nothing here does anything."""
