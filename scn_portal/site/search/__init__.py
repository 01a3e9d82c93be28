"""The search of the whole portal."""
